package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
)

// A sameReply answers every request alike.
type sameReply struct {
	status int
	body   string
	sent   int
}

func (r *sameReply) Do(*http.Request) (*http.Response, error) {
	r.sent++
	return &http.Response{
		StatusCode: r.status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(strings.NewReader(r.body)),
	}, nil
}

// Whatever a server replies to what a user does to the own account, and whatever a
// browser makes of a passkey: an error has a reason, and the calls have an end.
func FuzzSelfReply(f *testing.F) {
	seeds := []string{
		`{}`, `null`, `[]`, `{`, ``, `{"SecretCode":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}`, `{"SecretCode":"1","Status":"SUCCESS"}`,
		`{"Username":"ann","UserAttributes":[{"Name":"email","Value":"a"},{"Value":"b"},null],"UserMFASettingList":["X"],"PreferredMfaSetting":"Y"}`,
		`{"CredentialCreationOptions":{"challenge":"AAAA","rp":{"id":"x"}}}`, `{"CredentialCreationOptions":"{}"}`,
		`{"Credentials":[{"CredentialId":"A","CreatedAt":1}],"NextToken":"n"}`, `{"Credentials":[{}]}`,
		`{"CodeDeliveryDetails":{"Destination":"a***","DeliveryMedium":"EMAIL"},"CodeDeliveryDetailsList":[{}]}`,
		`{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`, `{"__type":7}`,
	}
	for _, s := range seeds {
		f.Add(200, s)
		f.Add(400, s)
	}
	if len(seeds) < 10 {
		f.Fatal("the seeds are gone")
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 { // of HTTP, a client sees no others
			status = 200 + int(uint(status)%400)
		}
		reply := &sameReply{status: status, body: body}
		sdk := sdkFor("http://pool.invalid", func(o *cip.Options) { o.HTTPClient = reply })
		accounts, err := auth.NewAccounts(sdk, testClient)
		if err != nil {
			t.Fatal(err)
		}
		factors, err := auth.NewFactors(sdk)
		if err != nil {
			t.Fatal(err)
		}
		tokens := scriptedTokens(t)
		calls := self{accounts: accounts, factors: factors}.selfCalls()
		calls["CompletePasskey with the body"] = func(ctx context.Context, t *auth.Tokens) error {
			return factors.CompletePasskey(ctx, t, []byte(body))
		}
		calls["every page"] = func(ctx context.Context, t *auth.Tokens) error {
			for _, err := range factors.Passkeys(ctx, t) {
				if err != nil {
					return err
				}
			}
			return nil
		}
		calls["ForgotPassword"] = func(ctx context.Context, _ *auth.Tokens) error {
			_, err := accounts.ForgotPassword(ctx, username)
			return err
		}
		for name, call := range calls {
			reply.sent = 0
			err := call(t.Context(), tokens)
			var failure *auth.Error
			if err != nil && (!errors.As(err, &failure) || failure.Reason == nil) {
				t.Errorf("%s: %T %v", name, err, err)
			}
			if reply.sent > 100 {
				t.Errorf("%s: sent %d times", name, reply.sent)
			}
		}
	})
}
