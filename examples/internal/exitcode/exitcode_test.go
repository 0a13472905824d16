package exitcode_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
)

func TestOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want int
	}{
		{nil, exitcode.OK},
		{errors.New("other"), exitcode.Failure},
		{fmt.Errorf("wrapped: %w", &auth.Error{Reason: auth.ErrBackOff, Err: context.Canceled}), exitcode.Interrupted},
		{&auth.UnansweredError{}, exitcode.Unanswered},
		{&auth.Error{Reason: auth.ErrCredentials}, 10},
		{&auth.Error{Reason: auth.ErrCode}, 11},
		{&auth.Error{Reason: auth.ErrCodeExpired}, 12},
		{&auth.Error{Reason: auth.ErrNewPassword}, 13},
		{&auth.Error{Reason: auth.ErrInput}, 14},
		{&auth.Error{Reason: auth.ErrUserExists}, 15},
		{&auth.Error{Reason: auth.ErrStartOver}, 16},
		{challenge.ErrOpen, 16},
		{&auth.Error{Reason: auth.ErrBackOff}, 17},
		{&auth.Error{Reason: auth.ErrLockedOut}, 18},
		{&auth.Error{Reason: auth.ErrNotConfirmed}, 19},
		{&auth.Error{Reason: auth.ErrResetRequired}, 20},
		{&auth.Error{Reason: auth.ErrDenied}, 21},
		{&auth.Error{Reason: auth.ErrToken}, 22},
		{&auth.Error{Reason: auth.ErrConfig}, 23},
		{&auth.Error{Reason: auth.ErrMalformed}, 24},
		{&auth.Error{Reason: auth.ErrOutcomeUnknown}, 25},
		{&auth.Error{Reason: auth.ErrTokenReused}, 26},
		{&auth.Error{Reason: auth.ErrNotSetUp}, 27},
		{&auth.Error{Reason: auth.ErrDevice}, 28},
	}
	for _, tt := range tests {
		if got := exitcode.Of(tt.err); got != tt.want {
			t.Errorf("Of(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}
