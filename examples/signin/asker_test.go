package main

import "testing"

// What a trigger sends cannot rewrite the screen.
func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\x1b[2J\x1b[HPassword:": "\ufffd[2J\ufffd[HPassword:", "a\r\nb\x9b1m\u202e\x00": "a\ufffd\ufffdb\ufffd1m\ufffd\ufffd", "Grüße, 你好 ✓": "Grüße, 你好 ✓",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
