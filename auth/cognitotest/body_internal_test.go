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

// A body that does not come is given up, and what comes next on another connection
// is answered.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	pool := Start(t, Config{})
	pool.patience = 50 * time.Millisecond
	conn, err := net.Dial("tcp", strings.TrimPrefix(pool.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: pool\r\nContent-Type: %s\r\nX-Amz-Target: %sInitiateAuth\r\nContent-Length: 100\r\n\r\n{", contentType, targetPrefix)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusBadRequest || string(body) != `{"__type":"SerializationException","message":"The body could not be read."}` {
		t.Errorf("answered %d %s, %v", answer.StatusCode, body, err)
	}
	if calls := pool.Calls(); len(calls) != 1 || calls[0].Handled || calls[0].Code != "SerializationException" {
		t.Errorf("the pool saw %+v", calls)
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
