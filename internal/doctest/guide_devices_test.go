package doctest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// A deviceSite remembers browsers.
type deviceSite struct {
	client  *auth.Client
	devices *auth.Devices
	sealer  *challenge.Sealer
}

// calling are the options of every step of a sign-in from this browser. A cookie
// that does not open is no device: the user is asked for the second factor.
func (s *deviceSite) calling(r *http.Request, username string) func(*auth.CallOptions) {
	return func(o *auth.CallOptions) {
		if c, err := r.Cookie("__Host-device"); err == nil {
			o.Device, _ = s.client.OpenDevice(s.sealer, c.Value, username)
		}
	}
}

// remember is for who ticked "remember this browser".
func (s *deviceSite) remember(w http.ResponseWriter, r *http.Request, tokens *auth.Tokens, username string) error {
	if !tokens.HasNewDevice() {
		return nil
	}
	device, err := s.devices.Remember(r.Context(), tokens, "a browser")
	if device.IsZero() {
		return err // a device that comes with an error is kept all the same
	}
	sealed, sealErr := s.client.SealDevice(s.sealer, device, username)
	if sealErr != nil {
		return errors.Join(err, sealErr)
	}
	http.SetCookie(w, &http.Cookie{
		Name: "__Host-device", Value: sealed, MaxAge: int((30 * 24 * time.Hour).Seconds()),
		Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	return err
}

func Example_guideDevices() {
	pool, client := newPool(cognitotest.Config{Devices: cognitotest.DevicesOptIn}, appKey)
	defer pool.Close()
	s := &deviceSite{client, must(auth.NewDevices(pool.SDK())), newSealer()}
	signIn := func(r *http.Request) *auth.Tokens {
		asked := false
		tokens := must(client.SignIn(context.Background(), auth.SRP("ann", password), auth.Prompts{
			TOTPCode: func(ctx context.Context, c *challenge.TOTPCode) (string, error) {
				asked = true
				return annsApp(ctx, c)
			},
		}, s.calling(r, "ann")))
		fmt.Println("asked for a code:", asked)
		return tokens
	}

	first := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	if err := s.remember(w, first, signIn(first), "ann"); err != nil {
		fmt.Println(err)
	}
	again := httptest.NewRequest(http.MethodPost, "/", nil)
	again.AddCookie(w.Result().Cookies()[0])
	signIn(again)
	// Output:
	// asked for a code: true
	// asked for a code: false
}
