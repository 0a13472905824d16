package challenge

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// steps have every field in use somewhere, and the sessions that tempt a
// shorter form to change them.
func steps() []wire.Step {
	arrived := time.Unix(1_900_000_000, 0).UTC()
	full := wire.Step{
		Name: "MFA_SETUP", Session: "AYABe_-session", Username: "user", ClientID: "client", Arrived: arrived, Expires: arrived.Add(time.Minute),
		Chosen: "SOFTWARE_TOKEN_MFA", SecretCode: "GEZDGNBVGY3TQOJQ", LostDevice: "us-east-1_key", Available: []string{"PASSWORD", "WEB_AUTHN"}, Parameters: map[string]string{"a": "1", "b": "", "": "no key", "\x00": "naïve ☃"},
	}
	all := []wire.Step{full, {Arrived: arrived, Expires: arrived}}
	for _, session := range []string{
		base64.RawURLEncoding.EncodeToString([]byte("1234")), base64.URLEncoding.EncodeToString([]byte("1234")),
		base64.StdEncoding.EncodeToString([]byte{0xfb, 0xff}), "AB", "AB\n", "\nAB", "A", "not base64: +/=?", strings.Repeat("-_", 2000),
	} {
		s := full
		s.Session = session
		all = append(all, s)
	}
	return all
}

func TestStepsSurvive(t *testing.T) {
	t.Parallel()
	for _, want := range steps() {
		got, err := unmarshalStep(marshalStep(want))
		if err != nil {
			t.Errorf("session %q: %v", want.Session, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("session %q (-want +got):\n%s", want.Session, diff)
		}
	}
}

func TestMalformedSteps(t *testing.T) {
	t.Parallel()
	good := marshalStep(steps()[0])
	for name, b := range map[string][]byte{
		"unknown tag, encoded": append(good[:len(good):len(good)], 0x40|30, 1, 'x'),
		"unknown tag":          append(good[:len(good):len(good)], 30, 1, 'x'),
		"empty entry":          {tagAvailable, 0},
		"tag 0":                append(good[:len(good):len(good)], 0, 0),
		"tag alone":            {tagName},
		"cut value":            good[:len(good)-1],
		"length past the end":  {tagName, 5, 'a'},
		"length of 2^63":       {tagName, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1},
		"overlong length":      {tagName, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1},
		"time of no bytes":     {tagArrived, 0},
		"time of two varints":  {tagArrived, 2, 2, 2},
		"time that is too big": {tagExpires, 11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
	} {
		if s, err := unmarshalStep(b); err == nil {
			t.Errorf("%s: read as %+v", name, s)
		}
	}
}

func FuzzStep(f *testing.F) {
	seeds := steps()
	if len(seeds) < 10 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(marshalStep(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := unmarshalStep(b)
		if err != nil {
			return
		}
		again, err := unmarshalStep(marshalStep(s))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("a step changed (-first +second):\n%s", diff)
		}
	})
}
