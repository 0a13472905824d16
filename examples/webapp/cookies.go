package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// cookies reads and writes what this site keeps in a browser. All of it but the
// browser's own name is encrypted and bound to that name, so that a cookie
// copied elsewhere without it opens nothing.
type cookies struct {
	aead   cipher.AEAD
	secure bool
	now    func() time.Time
}

// Cookie names.
const (
	browserCookie = "browser" // a random name for the browser
	pendingCookie = "pending" // the challenge to be answered; sealed by challenge.Sealer
	sessionCookie = "session" // who is signed in
	deviceCookie  = "device"  // this browser, remembered; sealed by challenge.Sealer
	signUpCookie  = "signup"  // an account to be confirmed
	totpCookie    = "totp"    // an authenticator that is set up
	resetCookie   = "reset"   // a password that is reset
	nameCookie    = "name"    // the name that was typed to sign in
	noticeCookie  = "notice"  // a line for the next page
)

func newCookies(key [32]byte, secure bool, now func() time.Time) (*cookies, error) {
	derived, err := hkdf.Key(sha256.New, key[:], nil, "webapp cookies", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &cookies{aead, secure, now}, err
}

// browser returns the browser's name, and gives it one if it has none.
func (c *cookies) browser(w http.ResponseWriter, r *http.Request) string {
	if cookie, err := c.cookie(r, browserCookie); err == nil && len(cookie.Value) == 26 {
		return cookie.Value
	}
	name := rand.Text()
	c.set(w, browserCookie, name, 365*24*time.Hour)
	// The rest of this request reads it too.
	r.AddCookie(&http.Cookie{Name: c.prefixed(browserCookie), Value: name})
	return name
}

// A kept value is what is sealed into a cookie.
type kept struct {
	Until time.Time       `json:"u"`
	Value json.RawMessage `json:"v"`
}

// put seals a value for a while.
func (c *cookies) put(w http.ResponseWriter, r *http.Request, name string, value any, valid time.Duration) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	text, err = json.Marshal(kept{c.now().Add(valid), text})
	if err != nil {
		return err
	}
	sealed := c.aead.Seal(nil, nil, text, c.bound(name, c.browser(w, r)))
	c.setLong(w, r, name, base64.RawURLEncoding.EncodeToString(sealed), valid)
	return nil
}

// get opens a value, and reports whether there was one that this site had put
// there, for this browser, and that is not too old.
func (c *cookies) get(r *http.Request, name string, value any) bool {
	browser, err := c.cookie(r, browserCookie)
	if err != nil {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.long(r, name))
	if err != nil {
		return false
	}
	text, err := c.aead.Open(nil, nil, sealed, c.bound(name, browser.Value))
	if err != nil {
		return false
	}
	var k kept
	return json.Unmarshal(text, &k) == nil && c.now().Before(k.Until) && json.Unmarshal(k.Value, value) == nil
}

// bound is what a cookie is authenticated with: neither another cookie of this
// browser nor that of another one opens in its place.
func (*cookies) bound(name, browser string) []byte { return []byte(name + "\n" + browser) }

// Browsers keep 4,096 bytes of a cookie, its name and attributes included; a
// longer value is spread over several.
const (
	chunk     = 3_800
	maxChunks = 8
)

// setLong sets a cookie, and as many more as its value needs.
func (c *cookies) setLong(w http.ResponseWriter, r *http.Request, name, value string, valid time.Duration) {
	n := (len(value) + chunk - 1) / chunk
	c.clearFrom(w, r, name, n)
	for i := range n {
		part := value[i*chunk : min(len(value), (i+1)*chunk)]
		if i == 0 {
			part = strconv.Itoa(n) + "." + part
		}
		c.set(w, chunkName(name, i), part, valid)
	}
}

// long reads what setLong has set; "" if it is not whole.
func (c *cookies) long(r *http.Request, name string) string {
	first, err := c.cookie(r, name)
	if err != nil {
		return ""
	}
	count, value, _ := strings.Cut(first.Value, ".")
	n, err := strconv.Atoi(count)
	if err != nil || n > maxChunks {
		return ""
	}
	for i := 1; i < n; i++ {
		part, err := c.cookie(r, chunkName(name, i))
		if err != nil {
			return ""
		}
		value += part.Value
	}
	return value
}

// clear removes a cookie with all its parts.
func (c *cookies) clear(w http.ResponseWriter, r *http.Request, name string) {
	c.clearFrom(w, r, name, 0)
}

func (c *cookies) clearFrom(w http.ResponseWriter, r *http.Request, name string, first int) {
	for i := first; i < maxChunks; i++ {
		if _, err := c.cookie(r, chunkName(name, i)); err == nil {
			c.set(w, chunkName(name, i), "", -time.Second)
		}
	}
}

func chunkName(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s_%d", name, i)
}

// prefixed is a cookie's name in the browser. One that begins with __Host- can be set
// by this host alone: neither a neighbour's subdomain nor whoever can answer for this
// name without TLS can sign a browser in as somebody else (RFC 6265bis, section
// 4.1.3.2). Without https, browsers refuse such names.
func (c *cookies) prefixed(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

func (c *cookies) cookie(r *http.Request, name string) (*http.Cookie, error) {
	return r.Cookie(c.prefixed(name))
}

// set sets one cookie. Of several of one name in a reply the last counts.
// SameSite is Lax, not Strict: whoever comes back from Duo comes from another
// site.
func (c *cookies) set(w http.ResponseWriter, name, value string, valid time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: c.prefixed(name), Value: value, Path: "/", MaxAge: int(valid.Seconds()),
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
}
