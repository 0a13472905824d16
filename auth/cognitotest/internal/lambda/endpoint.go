package lambda

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// A Refusal is what the Invoke API says of a function that it did not run.
type Refusal struct {
	Code string // "AccessDeniedException"
}

func (r *Refusal) Error() string { return "the function was not invoked: " + r.Code }

// InvokeAt calls a function by Lambda's Invoke API (AWS Lambda API reference,
// Invoke), without a signature. An error of the function is an *Error, one of the
// API a *Refusal.
func InvokeAt(ctx context.Context, client *http.Client, base, name string, event []byte) ([]byte, error) {
	at := strings.TrimSuffix(base, "/") + "/2015-03-31/functions/" + url.PathEscape(name) + "/invocations"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the Invoke API did not answer: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxPayload+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the Invoke API's answer broke off: %w", err)
	case len(body) > maxPayload:
		return nil, &Refusal{"RequestTooLargeException"}
	case response.StatusCode/100 != 2:
		code, _, _ := strings.Cut(response.Header.Get("X-Amzn-Errortype"), ":")
		if code == "" {
			code = "ServiceException"
		}
		return nil, &Refusal{code}
	case response.Header.Get("X-Amz-Function-Error") != "":
		return nil, failure(body)
	}
	return body, nil
}
