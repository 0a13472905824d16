// Package leaktest looks for secrets in what a whole program puts out. It stands
// between the program and its user pool, where every string is a secret that is
// not known to be none, and searches the program's replies, logs and screens for
// them, plain and encoded.
package leaktest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Listener learns secrets and hears outputs. The zero Listener is ready for use,
// by several goroutines.
type Listener struct {
	mu      sync.Mutex
	secrets map[string]string // to the name
	outputs []output
}

type output struct{ where, text string }

// Learn notes a secret under a name. What has less than six characters is in every
// text, and is not learnt. Of what is long the beginning will do, and finds it
// where a program cuts it short.
func (l *Listener) Learn(name, secret string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.secrets == nil {
		l.secrets = make(map[string]string)
	}
	if len(secret) >= 6 {
		l.secrets[secret[:min(len(secret), 24)]] = name
	}
}

// public are the members of requests and replies that are no secrets.
var public = []string{
	"AuthFlow", "ChallengeName", "AvailableChallenges", "CHALLENGE_NAME", "PREFERRED_CHALLENGE", // what is asked
	"ClientId", "ClientName", "UserPoolId", "PoolName", "Region", "IpAddress", // where
	"__type", "message", "TokenType", "Status", "UserConfirmed", "UserStatus",
	"CODE_DELIVERY_DELIVERY_MEDIUM", "DeliveryMedium", "AttributeName", "CODE_DELIVERY_DESTINATION", "Destination", // masked
	"MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP", "requiredAttributes", "UserMFASettingList", "PreferredMfaSetting",
	"ConfiguredUserAuthFactors", "UserAttributeNames", "TIMESTAMP", "Name", "Type",
	"CredentialCreationOptions", // for the browser
	// What a user is told and may choose in a custom challenge of this project.
	"method", "methods", "attemptsLeft", "resendsLeft", "destination", "expires_at", "resend_after",
	"iss", "frame_origin", "tenant", "community", "kosmos_clientId", "acr", "action",
	// Names and attributes of the user, which are personal, and shown to the user.
	"Username", "USERNAME", "USER_ID_FOR_SRP", "UserSub", "Value", "userAttributes",
	"FRIENDLY_DEVICE_NAME", "FriendlyDeviceName", "DeviceName", "DEVICE_KEY", "DeviceKey", "DeviceGroupKey", "DeviceRememberedStatus",
}

// LearnJSON notes the strings in a document: all but the members that are known to
// be public.
func (l *Listener) LearnJSON(document []byte) {
	var v any
	if json.Unmarshal(document, &v) == nil {
		l.learnFrom("", v)
	}
}

func (l *Listener) learnFrom(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		asked, _ := v["ChallengeName"].(string)
		responses, _ := v["ChallengeResponses"].(map[string]any)
		if _, chosen := v["ClientMetadata"]; chosen || strings.HasPrefix(asked, "SELECT_") {
			delete(responses, "ANSWER") // the name of a factor, or a word in place of one
		}
		for name, member := range v {
			if !slices.Contains(public, name) {
				l.learnFrom(name, member)
			}
		}
	case []any:
		for _, element := range v {
			l.learnFrom(name, element)
		}
	case string:
		l.Learn(name, v)
		if strings.HasPrefix(v, "{") {
			l.LearnJSON([]byte(v))
		}
	}
}

// Hear notes what the program has put out, and where.
func (l *Listener) Hear(where, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outputs = append(l.outputs, output{where, text})
}

// Writer hears what is written to it, each time as one output.
func (l *Listener) Writer(where string) io.Writer { return writer{l, where} }

type writer struct {
	l     *Listener
	where string
}

func (w writer) Write(p []byte) (int, error) {
	w.l.Hear(w.where, string(p))
	return len(p), nil
}

// Counts returns how much was learnt and heard, for tests that want to know
// whether they have looked at something.
func (l *Listener) Counts() (secrets, outputs int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.secrets), len(l.outputs)
}

// Names returns the names of what was learnt.
func (l *Listener) Names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Compact(slices.Sorted(maps.Values(l.secrets)))
}

// Leaks returns the secrets that were heard, each once in each place, by their
// names. meant says which are there on purpose; nil means none.
func (l *Listener) Leaks(meant func(name, where string) bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	leaks := make(map[string]bool)
	for _, o := range l.outputs {
		all := readings(o.text)
		for secret, name := range l.secrets {
			if meant != nil && meant(name, o.where) {
				continue
			}
			if slices.ContainsFunc(all, func(text string) bool { return stands(text, secret) }) {
				leaks[fmt.Sprintf("%s at %s", name, o.where)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(leaks))
}

// stands reports whether a text has the secret in it. A code is six digits, which
// a request id may have too: it has to stand alone.
func stands(text, secret string) bool {
	if strings.Trim(secret, "0123456789") != "" {
		return strings.Contains(text, secret)
	}
	const joins = "0123456789abcdefABCDEFx-."
	for {
		i := strings.Index(text, secret)
		if i < 0 {
			return false
		}
		before, after := text[:i], text[i+len(secret):]
		if (before == "" || !strings.Contains(joins, before[len(before)-1:])) && (after == "" || !strings.Contains(joins, after[:1])) {
			return true
		}
		text = after
	}
}
