// Package wire is the AWS JSON 1.1 form of the Cognito API: requests into the
// SDK's own input types, output types into responses, and refusals as the
// errors SDKs know. It knows neither HTTP nor any operation.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// An Error is a refusal in the words of the service.
type Error struct {
	Code    string // the bare name of the exception
	Message string
	Status  int // 400 for all but InternalErrorException
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes the Error that a refusal with status 400 is.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Status: http.StatusBadRequest}
}

// InvalidParameter says that the request is at fault.
func InvalidParameter(format string, args ...any) *Error {
	return Errorf("InvalidParameterException", format, args...)
}

// NotAuthorized says that the caller has not proven what was asked for.
func NotAuthorized(format string, args ...any) *Error {
	return Errorf("NotAuthorizedException", format, args...)
}

// Internal is what a fault of the pool itself looks like to its clients.
func Internal(err error) *Error {
	return &Error{Code: "InternalErrorException", Message: err.Error(), Status: http.StatusInternalServerError}
}

// Body returns the error as the service writes it: a bare type and a lower-case
// message. Captured responses have exactly these bytes
// (github.com/aws/aws-sdk-net/issues/1441).
func (e *Error) Body() []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	// Encoding two strings cannot fail.
	enc.Encode(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{e.Code, e.Message})
	return bytes.TrimSpace(out.Bytes())
}
