package lambda

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// waiting is a process without an executable, whose runtime the test is, and an
// invocation that waits for it.
func waiting(t *testing.T) (api *httptest.Server, result chan outcome, id string) {
	t.Helper()
	p := &process{
		config: &Config{Name: "f", Region: "us-east-1"}, next: make(chan *invocation), ended: make(chan struct{}),
		initError: make(chan *Error, 1), polled: make(chan struct{}),
	}
	api = httptest.NewServer(p.api())
	t.Cleanup(api.Close)
	result = make(chan outcome, 1)
	go func() {
		out, err := p.invoke([]byte(`{"a":1}`), time.Minute, time.Minute)
		result <- outcome{out, err}
	}()
	response, err := http.Get(api.URL + "/2018-06-01/runtime/invocation/next")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != `{"a":1}` {
		t.Fatalf("the event is %s, %v", body, err)
	}
	for _, header := range []string{"Lambda-Runtime-Deadline-Ms", "Lambda-Runtime-Invoked-Function-Arn", "Lambda-Runtime-Trace-Id"} {
		if response.Header.Get(header) == "" {
			t.Errorf("no %s", header)
		}
	}
	return api, result, response.Header.Get("Lambda-Runtime-Aws-Request-Id")
}

func post(t *testing.T, url, body string) int {
	t.Helper()
	response, err := http.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

// An answer counts once, and for its own event.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		path, body   string
		out, message string
	}{
		"response":              {"/response", `{"b":2}`, `{"b":2}`, ""},
		"empty response":        {"/response", ``, ``, ""},
		"error":                 {"/error", `{"errorMessage":"no","errorType":"T"}`, "", "no"},
		"error without message": {"/error", `{"errorType":"T"}`, "", "null"},
		"error that is no JSON": {"/error", `<html>`, "", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, result, id := waiting(t)
			invocation := api.URL + "/2018-06-01/runtime/invocation/"
			if status := post(t, invocation+"another"+row.path, row.body); status != http.StatusForbidden {
				t.Errorf("another event's id: %d", status)
			}
			if status := post(t, invocation+id+row.path, row.body); status != http.StatusAccepted {
				t.Errorf("status %d", status)
			}
			if status := post(t, invocation+id+row.path, row.body); status != http.StatusForbidden {
				t.Errorf("a second answer: %d", status)
			}
			o := <-result
			if string(o.out) != row.out || row.message == "" && o.err != nil || row.message != "" && (o.err == nil || o.err.Error() != row.message) {
				t.Errorf("got %s, %v", o.out, o.err)
			}
		})
	}
}

// What a runtime may ask of the API and what not.
func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	api, _, id := waiting(t)
	for path, want := range map[string]int{
		"/2018-06-01/runtime/init/error":                  http.StatusAccepted,
		"/2018-06-01/runtime/invocation/next":             http.StatusMethodNotAllowed,
		"/2018-06-01/runtime/invocation/" + id + "/other": http.StatusNotFound,
		"/": http.StatusNotFound,
	} {
		if status := post(t, api.URL+path, "{}"); status != want {
			t.Errorf("POST %s: %d, want %d", path, status, want)
		}
	}
}
