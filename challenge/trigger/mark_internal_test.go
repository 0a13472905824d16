package trigger

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A mark comes back as it was written; one of another form is void even if the
// MAC is right, as that of another version would be.
func TestMarkForms(t *testing.T) {
	t.Parallel()
	k := keys{redact.New(bytes.Repeat([]byte("k"), MinKey))}
	u := User{Name: "ann", PoolID: "p", ClientID: "c"}
	want := mark{method: "mail", number: 2, resends: 1, round: "r", state: "a;b=\x00é"}
	if got, ok := k.read(k.write(want, inMetadata, u), inMetadata, u); !ok || !cmp.Equal(want, got, cmp.AllowUnexported(mark{})) {
		t.Errorf("got %+v, %t", got, ok)
	}
	for text, want := range map[string]bool{
		"v1;mail;0;0;r;":    true,
		"v2;mail;0;0;r;":    false,
		";mail;0;0;r;":      false,
		"v1;mail;0;0;r":     false,
		"v1;mail;0;0;r;;":   false,
		"v1;mail;x;0;r;":    false,
		"v1;mail;0;;r;":     false,
		"v1;mail;0;0;r;a b": false,
		"":                  false,
	} {
		signed := text + ";" + base64.RawURLEncoding.EncodeToString(mac(k[0].Reveal(), inMetadata, u, text))
		if _, ok := k.read(signed, inMetadata, u); ok != want {
			t.Errorf("%q: %t, want %t", text, ok, want)
		}
	}
}
