package auth

import (
	"errors"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// SealTokens makes a text of a signed-in user's tokens, for the cookies of a web
// application that keeps nothing on the server: URL-safe base64, a little longer than the
// three tokens together, which is some 4,000 characters: spread it over two cookies. It tells its holder nothing,
// and opens only with a key of the Sealer, at a Client of the same user pool and
// app client, with the same bind, such as a random name that the browser has in
// another cookie. Nothing else that a Sealer seals opens as tokens, nor the other
// way round.
//
// It does not expire; the refresh token in it does. Whoever has the text and the
// bind is signed in: the cookies should be HttpOnly, Secure and SameSite.
//
// The error matches [ErrConfig]: no tokens, no Sealer, or tokens that are too
// large.
func (c *Client) SealTokens(s *challenge.Sealer, t *Tokens, bind string) (string, error) {
	op := operation{name: "SealTokens"}
	if err := c.ready(op); err != nil {
		return "", err
	}
	now := t.reveal()
	if now == (tokens{}) {
		return "", op.fail(ErrConfig, "there are no tokens to seal", nil)
	}
	sealed, err := wire.SealTokens(s, wire.Tokens{
		ID: now.id, Access: now.access, Refresh: now.refresh, Expires: now.expires, Username: now.username,
		DeviceGroup: now.device.groupKey, DeviceKey: now.device.key, NewDevice: now.device.isNew,
	}, c.binding(bind))
	if err != nil {
		return "", op.fail(ErrConfig, "the Sealer cannot seal", err)
	}
	return sealed, nil
}

// OpenTokens makes the tokens of a text again. They may have expired since:
// [Refresher.Refresh] them then. The error matches [ErrToken] and
// [challenge.ErrOpen], whatever is wrong with the text, or [ErrConfig] if the
// Sealer is a zero value.
func (c *Client) OpenTokens(s *challenge.Sealer, sealed, bind string) (*Tokens, error) {
	op := operation{name: "OpenTokens"}
	if err := c.ready(op); err != nil {
		return nil, err
	}
	t, err := wire.OpenTokens(s, sealed, c.binding(bind))
	switch {
	case errors.Is(err, challenge.ErrOpen):
		return nil, op.fail(ErrToken, "the sealed tokens cannot be opened: sign in", err)
	case err != nil:
		return nil, op.fail(ErrConfig, "the Sealer cannot open", err)
	}
	return &Tokens{redact.New(tokens{
		id: t.ID, access: t.Access, refresh: t.Refresh, expires: t.Expires, username: t.Username,
		device: signedInDevice{groupKey: t.DeviceGroup, key: t.DeviceKey, isNew: t.NewDevice},
	})}, nil
}
