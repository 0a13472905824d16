package trigger_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

var (
	_ lambda.Handler = (*trigger.Handler)(nil)
	_ lambda.Handler = (*trigger.Guard)(nil)
)

// What aws-lambda-go gives back is what the Handler made, byte for byte; given
// the method in place of the Handler it would decode the event.
func TestLambda(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	want, err := w.Invoke(t.Context(), []byte(oddEvent))
	if err != nil {
		t.Fatal(err)
	}
	got, err := lambda.NewHandler(w.Handler).Invoke(t.Context(), []byte(oddEvent))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := lambda.NewHandler(w.Invoke).Invoke(t.Context(), []byte(oddEvent)); err == nil || !strings.Contains(err.Error(), "json") {
		t.Errorf("the method is taken for a handler of raw events: %v; say so in its comment", err)
	}
}
