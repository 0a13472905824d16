package factor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// What an authenticator sends is CBOR in base64 in JSON, written by anybody. No
// change to a good one crashes the pool, or is told as a fault of the pool.
func FuzzPasskey(f *testing.F) {
	rp := factor.RelyingParty{ID: "app.example", Verification: types.UserVerificationTypePreferred}
	holder := factor.Holder{Sub: "6f1c", Username: "ann"}
	a := &cognitotest.Authenticator{Origin: "https://app.example"}
	options, begun, err := rp.Offer(holder)
	if err != nil {
		f.Fatal(err)
	}
	creation, err := a.Create(options)
	if err != nil {
		f.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0)
	passkey, err := rp.Register(holder, begun, creation, at)
	if err != nil {
		f.Fatal(err)
	}
	holder.Passkeys = []factor.Passkey{passkey}
	options, asked, err := rp.Ask(holder, true)
	if err != nil {
		f.Fatal(err)
	}
	assertion, err := a.Get(options)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := rp.Answer(holder, asked, assertion); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(creation), []byte(assertion))
	f.Add([]byte(`{}`), []byte(`null`))
	f.Fuzz(func(t *testing.T, creation, assertion []byte) {
		var refusal *wire.Error
		if _, err := rp.Register(holder, begun, creation, at); err != nil && !errors.As(err, &refusal) {
			t.Errorf("registration: %v is no refusal", err)
		}
		if p, err := rp.Answer(holder, asked, assertion); err == nil && p.Authenticator.SignCount == 0 {
			t.Error("accepted without counting")
		}
	})
}
