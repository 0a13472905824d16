package emailotp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A ticket stands for a code that was sent. It goes through Cognito's session
// and the store, which may be read: of a six-digit code, a plain digest would be
// as good as the code, so this is an HMAC, worth nothing without its key.
//
//	NONCE.EXPIRES.MAC
type ticket struct {
	nonce   string    // 16 random bytes, in base64url
	expires time.Time // in seconds
	sum     []byte    // HMAC-SHA256 of the code and of whom it is for
}

var errTicket = errors.New("emailotp: a ticket is malformed")

func (t ticket) String() string {
	return t.nonce + "." + strconv.FormatInt(t.expires.Unix(), 10) + "." + base64.RawURLEncoding.EncodeToString(t.sum)
}

// parseTicket takes apart what the Handler or the store has kept. The MAC is
// for Verify to check, with the code.
func parseTicket(s string) (ticket, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) != 22 {
		return ticket{}, errTicket
	}
	seconds, err1 := strconv.ParseInt(parts[1], 10, 64)
	sum, err2 := base64.RawURLEncoding.DecodeString(parts[2])
	if err1 != nil || err2 != nil || len(sum) != sha256.Size {
		return ticket{}, errTicket
	}
	return ticket{parts[0], time.Unix(seconds, 0), sum}, nil
}

// draw makes a code and its ticket. Where nobody is to get the code, no code
// fits the ticket.
func (m *Method) draw(in trigger.CreateInput, to destination) (code string, t ticket, err error) {
	code, err = drawCode(m.o.Rand, m.o.Length)
	if err != nil {
		return "", ticket{}, err
	}
	nonce := make([]byte, 16+sha256.Size)
	if _, err := io.ReadFull(m.o.Rand, nonce); err != nil {
		return "", ticket{}, fmt.Errorf("emailotp: drawing a nonce: %w", err)
	}
	t = ticket{
		nonce:   base64.RawURLEncoding.EncodeToString(nonce[:16]),
		expires: in.Now.Add(m.o.Lifetime).Truncate(time.Second),
	}
	t.sum = m.keys[0].seal(t, in.User, code)
	if to.address == "" {
		t.sum = nonce[16:]
	}
	return code, t, nil
}

type (
	key  struct{ redact.Box[[]byte] }
	keys []key
)

// newKey derives the package's key from one that may serve others too.
func newKey(k []byte) key {
	h := hmac.New(sha256.New, k)
	h.Write([]byte("cognitomfa/challenge/emailotp v1"))
	return key{redact.New(h.Sum(nil))}
}

// digest is an HMAC of parts that cannot be cut in another way.
func (k key) digest(parts ...string) []byte {
	h := hmac.New(sha256.New, k.Reveal())
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

func (k key) seal(t ticket, u trigger.User, code string) []byte {
	return k.digest("code", u.PoolID, u.ClientID, u.Name, t.nonce, strconv.FormatInt(t.expires.Unix(), 10), code)
}

// sealed tells whether the code is the ticket's, in time that depends on
// neither.
func (k keys) sealed(t ticket, u trigger.User, code string) bool {
	ok := false
	for _, key := range k {
		ok = hmac.Equal(t.sum, key.seal(t, u, code)) || ok
	}
	return ok
}
