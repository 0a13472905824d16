package trigger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A mark is what the Handler writes on a round, so that its later calls know
// what the round was. Cognito keeps it, and clients never see it; the MAC tells
// it from the metadata of other functions, of another user and of another
// place in the session list.
//
//	v1;METHOD;NUMBER;RESENDS;ROUND;STATE;MAC
//
// NUMBER counts the custom challenges before this one, ROUND is the round's
// name, STATE the method's own in base64url, MAC an HMAC-SHA256 in base64url.
type mark struct {
	method          string
	number, resends int
	round, state    string
}

// The places of a mark. One that was written for one is void in the other.
const (
	inMetadata = "challengeMetadata"
	inPrivate  = "privateChallengeParameters"
)

const (
	markVersion = "v1"
	maxState    = 1 << 10 // bytes of Question.State
)

// keys sign with the first and accept all.
type keys []redact.Box[[]byte]

func (k keys) write(m mark, place string, u User) string {
	text := strings.Join([]string{
		markVersion, m.method, strconv.Itoa(m.number), strconv.Itoa(m.resends),
		m.round, base64.RawURLEncoding.EncodeToString([]byte(m.state)),
	}, ";")
	return text + ";" + base64.RawURLEncoding.EncodeToString(mac(k[0].Reveal(), place, u, text))
}

// read takes a mark apart. ok is false for everything that write has not made
// for this place and user.
func (k keys) read(s, place string, u User) (m mark, ok bool) {
	cut := strings.LastIndexByte(s, ';')
	if cut < 0 {
		return mark{}, false
	}
	sum, err := base64.RawURLEncoding.Strict().DecodeString(s[cut+1:])
	if err != nil || !k.signed(s[:cut], place, u, sum) {
		return mark{}, false
	}
	parts := strings.Split(s[:cut], ";")
	if len(parts) != 6 || parts[0] != markVersion {
		return mark{}, false // of a version that had this key too
	}
	number, err1 := strconv.Atoi(parts[2])
	resends, err2 := strconv.Atoi(parts[3])
	state, err3 := base64.RawURLEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || err3 != nil {
		return mark{}, false
	}
	return mark{parts[1], number, resends, parts[4], string(state)}, true
}

func (k keys) signed(text, place string, u User, sum []byte) bool {
	ok := false
	for _, key := range k {
		ok = hmac.Equal(sum, mac(key.Reveal(), place, u, text)) || ok
	}
	return ok
}

// mac binds a text to its place and to who signs in. The lengths keep a name
// that ends where another begins from giving the same input.
func mac(key []byte, place string, u User, text string) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range []string{"cognitomfa/challenge/trigger", place, u.PoolID, u.ClientID, u.Name, text} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// validName tells whether a method may have this name: it goes into marks,
// parameters and logs as it is.
func validName(name string) bool {
	if len(name) == 0 || len(name) > 32 {
		return false
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// validState tells whether a state may go into a mark. It comes back as JSON,
// so it must be UTF-8 to be the same; base64url makes it so, but a method that
// puts other bytes there has most likely put a digest or a key.
func validState(s string) bool { return len(s) <= maxState && utf8.ValidString(s) }
