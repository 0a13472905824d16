package websdk2_test

import (
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
)

// A Prompt that Parse has not made answers nothing.
func TestZeroPrompt(t *testing.T) {
	t.Parallel()
	var zero websdk2.Prompt
	if a := zero.Answer("x"); a != (challenge.Answer{}) {
		t.Error(a)
	}
}
