package cognitotest

import (
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// SDK returns the AWS SDK's own client, which speaks HTTP to this pool. It
// holds credentials, one of [Config].AccessKeys if there are any, so that the
// operations of administrators are signed; the SDK leaves the public ones unsigned.
// All of a pool's clients share their connections.
func (p *Pool) SDK(optFns ...func(*cognitoidentityprovider.Options)) *cognitoidentityprovider.Client {
	endpoint := p.URL()
	keyID, secret := "AKIACOGNITOTEST", "cognitotest"
	if ids := slices.Sorted(maps.Keys(p.accessKeys)); len(ids) > 0 {
		keyID, secret = ids[0], p.accessKeys[ids[0]]
	}
	return cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region:       p.pool.Settings.Region,
		BaseEndpoint: &endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider(keyID, secret, ""),
		HTTPClient:   p.http,
	}, optFns...)
}

// newHTTP makes the HTTP client of a pool's SDK clients. If each had its own, each
// would leave a connection open for the minute and a half that they may idle.
func newHTTP() aws.HTTPClient { return plainBodies{awshttp.NewBuildableClient()} }

// plainBodies is the SDK's HTTP client without the method WriteTo of its request
// bodies. The SDK closes a body as soon as there is a response, and WriteTo then
// gives net/http, should that be looking for more to send at that moment, io.EOF
// as an error: the connection is closed, the reply lost, and the request sent
// again. On a busy machine a test would see "session can only be used once" now
// and then.
type plainBodies struct{ aws.HTTPClient }

// Do sends a request.
func (c plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.HTTPClient.Do(r)
}
