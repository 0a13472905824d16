package cognitotest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A body that does not come is given up, whether or not anything was to be read of
// it, and the connection ends.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		host, operation, want string
		calls                 int
	}{
		"read":                 {"127.0.0.1", "InitiateAuth", `{"__type":"SerializationException","message":"The body could not be read."}`, 1},
		"an unknown operation": {"127.0.0.1", "Unknown", `{"__type":"UnknownOperationException","message":"cognitotest has no operation Unknown."}`, 1},
		"another host": {"pool", "InitiateAuth",
			`{"__type":"AccessDeniedException","message":"The pool answers to loopback addresses and localhost only, unless Config.Exposed is set."}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := Start(t, Config{})
			pool.patience = 50 * time.Millisecond
			conn, err := net.Dial("tcp", strings.TrimPrefix(pool.URL(), "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nX-Amz-Target: %s\r\nContent-Length: 100\r\n\r\n{",
				tt.host, contentType, targetPrefix+tt.operation)
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode/100 != 4 || string(body) != tt.want {
				t.Errorf("answered %d %s, %v", answer.StatusCode, body, err)
			}
			if calls := pool.Calls(); len(calls) != tt.calls || tt.calls > 0 && calls[0].Handled {
				t.Errorf("the pool saw %+v", calls)
			}
		})
	}
}

// Headers without end are refused by net/http, and the pool does not see them.
func TestLongHeader(t *testing.T) {
	t.Parallel()
	pool := Start(t, Config{})
	r, err := http.NewRequest(http.MethodPost, pool.URL(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", strings.Repeat("x", 2*maxHeader))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return // the connection was closed before all was sent
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge || len(pool.Calls()) != 0 {
		t.Errorf("answered %d", answer.StatusCode)
	}
}
