package duo

import (
	"context"
	"net/netip"
	"net/url"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// Keys are what Duo's admin panel shows of an application ("Web SDK"). They do
// not print. They are a [KeySource] that never changes.
type Keys struct {
	keys redact.Box[keys]
}

type keys struct{ id, secret, host string }

// A KeySource has the application's keys, wherever they are kept. It is used
// by several goroutines at once.
type KeySource interface {
	// Keys returns the keys, from memory if it can.
	Keys(context.Context) (Keys, error)
	// Refresh is called when Duo did not accept the keys, and returns those
	// that are valid now. A source that cannot know better returns the same.
	Refresh(context.Context) (Keys, error)
}

var _ KeySource = Keys{}

// The lengths of a client id and a client secret. Source: CLIENT_ID_LENGTH and
// CLIENT_SECRET_LENGTH of Duo's clients.
const (
	idLen     = 20
	secretLen = 40
)

// NewKeys takes the client id (20 characters), the client secret (40) and the API
// hostname, such as "api-1234abcd.duosecurity.com", which may have a port but
// no scheme. The error matches [ErrConfig].
func NewKeys(clientID, clientSecret, apiHost string) (Keys, error) {
	u, err := url.Parse("https://" + apiHost)
	switch {
	case len(clientID) != idLen:
		return Keys{}, fail("NewKeys", ErrConfig, "the client id must have 20 characters")
	case len(clientSecret) != secretLen:
		return Keys{}, fail("NewKeys", ErrConfig, "the client secret must have 40 characters")
	case err != nil || apiHost == "" || u.Host != apiHost || u.Hostname() == "":
		return Keys{}, fail("NewKeys", ErrConfig, "the API hostname must be a host, without scheme and path")
	}
	return Keys{redact.New(keys{clientID, clientSecret, apiHost})}, nil
}

// Keys returns k.
func (k Keys) Keys(context.Context) (Keys, error) { return k, nil }

// Refresh returns k.
func (k Keys) Refresh(context.Context) (Keys, error) { return k, nil }

// loopback reports whether a host, with or without a port, is this machine.
func loopback(host string) bool {
	u := url.URL{Host: host}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// macKey is the client secret as a key of HS512. RFC 7518 asks for keys of 64
// bytes and go-jose refuses shorter ones; Duo's have 40. HMAC fills a key with
// zeros up to the block of its hash, which has 128 bytes (RFC 2104, section 2),
// so with some of these zeros it is the same key.
func (k keys) macKey() []byte {
	key := make([]byte, 64)
	copy(key, k.secret)
	return key
}
