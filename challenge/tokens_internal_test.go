package challenge

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

var goodTokens = wire.Tokens{
	ID: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl", Access: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4iLCJ4IjoxfQ.c2lnbmF0dXJl",
	Refresh: "eyJjdHkiOiJKV1QifQ.a2V5.aXY.dGV4dA.dGFn", Expires: time.Unix(1_900_003_600, 0).UTC(), Username: "ann",
	DeviceGroup: "-wt2ha1Zd", DeviceKey: "us-east-1_11111111-2222-3333-4444-555555555555", NewDevice: true,
}

func TestSealedTokens(t *testing.T) {
	t.Parallel()
	s := deviceSealer(t, 1)
	for name, tokens := range map[string]wire.Tokens{
		"all":                   goodTokens,
		"a refresh token alone": {Refresh: "opaque", Expires: time.Unix(0, 0).UTC()},
		"an empty part":         {Refresh: "a..b.", Expires: time.Unix(1, 0).UTC()},
		"dots alone":            {Refresh: "..", Expires: time.Unix(1, 0).UTC()},
		"not base64":            {ID: "%.é.\x00", Expires: time.Unix(1, 0).UTC()},
	} {
		sealed, err := wire.SealTokens(s, tokens, goodBinding)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.OpenTokens(s, sealed, goodBinding)
		if diff := cmp.Diff(tokens, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestOpenTokensRefuses(t *testing.T) {
	t.Parallel()
	s := deviceSealer(t, 1)
	sealed, err := wire.SealTokens(s, goodTokens, goodBinding)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		s      any
		sealed string
		to     wire.Binding
		want   error
	}{
		"another pool":       {s, sealed, wire.Binding{PoolID: "us-east-1_b", ClientID: goodBinding.ClientID, Value: goodBinding.Value}, ErrOpen},
		"another app client": {s, sealed, wire.Binding{PoolID: goodBinding.PoolID, ClientID: "b", Value: goodBinding.Value}, ErrOpen},
		"another browser":    {s, sealed, wire.Binding{PoolID: goodBinding.PoolID, ClientID: goodBinding.ClientID}, ErrOpen},
		"another key":        {deviceSealer(t, 2), sealed, goodBinding, ErrOpen},
		"a device":           {s, sealDevice(t, s, goodDevice, goodBinding), goodBinding, ErrOpen},
		"tampered":           {s, sealed[:9] + "AAAA" + sealed[13:], goodBinding, ErrOpen},
		"cut":                {s, sealed[:len(sealed)-4], goodBinding, ErrOpen},
		"empty":              {s, "", goodBinding, ErrOpen},
		"no sealer":          {nil, sealed, goodBinding, errNoSealer},
		"a zero sealer":      {new(Sealer), sealed, goodBinding, errNoSealer},
	} {
		if got, err := wire.OpenTokens(tt.s, tt.sealed, tt.to); !errors.Is(err, tt.want) || got != (wire.Tokens{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := wire.OpenDevice(s, sealed, goodBinding); !errors.Is(err, ErrOpen) {
		t.Errorf("opened as a device: %v", err)
	}
	if _, err := s.Open(sealed, goodBinding.Value); !errors.Is(err, ErrOpen) {
		t.Errorf("opened as a challenge: %v", err)
	}
	if _, err := wire.SealTokens(new(Sealer), goodTokens, goodBinding); !errors.Is(err, errNoSealer) {
		t.Errorf("sealed by nothing: %v", err)
	}
}

// FuzzTokens reads tokens of another release, or of nobody: an error, or what
// can be written and read again.
func FuzzTokens(f *testing.F) {
	good := marshalTokens(goodTokens)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(strings.Repeat("\x01\x01a", 9)))
	f.Fuzz(func(t *testing.T, plain []byte) {
		tokens, err := unmarshalTokens(plain)
		if err != nil {
			if tokens != (wire.Tokens{}) {
				t.Errorf("%+v with %v", tokens, err)
			}
			return
		}
		again, err := unmarshalTokens(marshalTokens(tokens))
		if diff := cmp.Diff(tokens, again); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
