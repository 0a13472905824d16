package cognitotest

import (
	"errors"
	"io"
	"net/http"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// A spy looks at requests and sends none.
type spy struct{ writerTo, empty bool }

var errSpy = errors.New("not sent")

func (s *spy) Do(r *http.Request) (*http.Response, error) {
	_, s.writerTo = r.Body.(io.WriterTo)
	body, err := io.ReadAll(r.Body)
	s.empty = err != nil || int64(len(body)) != r.ContentLength || len(body) == 0
	return nil, errSpy
}

// The bodies of requests arrive whole and without WriteTo, which the SDK gives
// them: if it does no longer, plainBodies has no use.
func TestPlainBodies(t *testing.T) {
	t.Parallel()
	pool := Start(t, Config{})
	var plain, own spy
	for s, client := range map[*spy]cip.HTTPClient{&plain: plainBodies{&plain}, &own: &own} {
		sdk := pool.SDK(func(o *cip.Options) { o.HTTPClient, o.RetryMaxAttempts = client, 1 })
		id := pool.Client().ID
		_, err := sdk.InitiateAuth(t.Context(), &cip.InitiateAuthInput{AuthFlow: types.AuthFlowTypeCustomAuth, ClientId: &id})
		if !errors.Is(err, errSpy) || s.empty {
			t.Errorf("the body is not whole, or %v", err)
		}
	}
	if plain.writerTo || !own.writerTo {
		t.Errorf("WriteTo: %v with plainBodies, %v without", plain.writerTo, own.writerTo)
	}
}

// Who asks for a client each time does not open a connection each time.
func TestSDKShares(t *testing.T) {
	t.Parallel()
	pool := Start(t, Config{})
	if pool.SDK().Options().HTTPClient != pool.SDK().Options().HTTPClient {
		t.Error("two clients have two sets of connections")
	}
}
