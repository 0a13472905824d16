package duo

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// algorithm is the only one that Duo signs and accepts. A token's own header
// has no say in it.
const algorithm = jose.HS512

// leeway is what the clocks may differ. Source: JWT_LEEWAY of Duo's clients.
const leeway = time.Minute

// maxToken bounds what is parsed; Duo's tokens have some 2 KB.
const maxToken = 64 << 10

// errSignature may also mean that the keys were rotated in between.
var errSignature = fmt.Errorf("%w: it is not signed with the client secret", ErrToken)

// sign makes a signed token of claims.
func (k keys) sign(claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: k.macKey()}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("duo: signing: %w", err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("duo: signing: %w", err)
	}
	return token, nil
}

// assertion proves to one of Duo's endpoints who is calling (RFC 7523, section
// 3).
func (c *Client) assertion(k keys, endpoint string) (string, error) {
	now := c.options.Now()
	return k.sign(map[string]any{
		"iss": k.id, "sub": k.id, "aud": endpoint, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(requestValidity).Unix(),
	})
}

// idClaims are what must be right in Duo's token.
type idClaims struct {
	jwt.Claims
	Username string `json:"preferred_username"`
	Nonce    string `json:"nonce"`
	Result   struct {
		Result string `json:"result"`
	} `json:"auth_result"`
}

// check reports whether Duo's token proves a login. issuer is the address of the
// token endpoint, which is what Duo writes there.
func (k keys) check(token, issuer string, l Login, now time.Time) error {
	const op = "Exchange"
	if len(token) > maxToken {
		return fail(op, ErrToken, "it is too long")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return fail(op, ErrToken, "it is not signed by HS512")
	}
	// A key id in its header is ignored: there is one key.
	var payload json.RawMessage
	if err := parsed.Claims(k.macKey(), &payload); err != nil {
		return &Error{Op: op, Err: errSignature}
	}
	var claims idClaims
	if err := json.Unmarshal(payload, &claims); err != nil {
		return fail(op, ErrToken, "its claims are not those of Duo")
	}
	switch {
	case claims.Issuer != issuer:
		return fail(op, ErrToken, "it has another issuer")
	case len(claims.Audience) != 1 || claims.Audience[0] != k.id:
		return fail(op, ErrToken, "it is meant for another application")
	case claims.Expiry == nil || claims.IssuedAt == nil:
		return fail(op, ErrToken, "it has no time")
	case claims.ValidateWithLeeway(jwt.Expected{Time: now}, leeway) != nil:
		return fail(op, ErrToken, "it is out of date")
	case subtle.ConstantTimeCompare([]byte(claims.Nonce), []byte(l.Nonce)) != 1:
		return fail(op, ErrToken, "it belongs to another round")
	case claims.Username != l.Username:
		return fail(op, ErrToken, "it names another user")
	case claims.Result.Result != "allow":
		return &Error{Op: op, Err: ErrDenied}
	}
	return nil
}
