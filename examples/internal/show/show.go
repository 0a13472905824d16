// Package show prints calls and claims in the example programs, for a person
// and for a machine.
package show

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
)

// Call prints a call in one line: what was asked, how long it took, and what
// came of it.
func Call(w io.Writer, c auth.Call) {
	step := c.Operation
	if c.Challenge != "" {
		step += " " + c.Challenge
	}
	outcome := "ok"
	switch {
	case c.Reason != nil:
		outcome = c.Reason.Error()
	case c.Next != "":
		outcome = "asks " + c.Next
	}
	fmt.Fprintf(w, "   %-46s %6.1f ms  %s\n", step, milliseconds(c.Duration), outcome)
}

// CallEvent is a call as a JSON object, whose "event" is call.
func CallEvent(c auth.Call) map[string]any {
	event := map[string]any{
		"event": "call", "operation": c.Operation, "challenge": c.Challenge, "next": c.Next,
		"milliseconds": milliseconds(c.Duration), "attempts": c.Attempts, "requestId": c.RequestID,
	}
	if c.Reason != nil {
		event["reason"] = c.Reason.Error()
	}
	return event
}

// Claims prints the claims of a verified token, one in a line.
func Claims(w io.Writer, c *auth.Claims) error {
	all := make(map[string]any)
	if err := c.Decode(&all); err != nil {
		return err
	}
	fmt.Fprintf(w, "   %s token, signature verified\n", c.TokenUse)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value, err := json.Marshal(all[name])
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "     %-18s %s\n", name, value)
	}
	return nil
}

// ClaimsEvent is the claims of a verified token as a JSON object, whose "event"
// is claims.
func ClaimsEvent(c *auth.Claims) (map[string]any, error) {
	all := make(map[string]any)
	if err := c.Decode(&all); err != nil {
		return nil, err
	}
	return map[string]any{"event": "claims", "verified": true, "claims": all}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
