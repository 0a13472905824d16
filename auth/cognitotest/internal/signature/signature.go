// Package signature reads and verifies AWS Signature Version 4, by which
// administrators' requests are told from anybody's. It is written from the
// description ("Create a signed AWS API request", IAM User Guide), without the
// SDK's signer, which is what its tests hold it against.
package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

const algorithm = "AWS4-HMAC-SHA256"

// A Signature is what the Authorization header of a request says.
type Signature struct {
	KeyID   string
	scope   string   // date/region/cognito-idp/aws4_request
	headers []string // those that were signed, in lower case
	value   []byte
}

// The refusals of AWS's front end (API reference, "Common errors").
var (
	unknownKey = wire.Errorf("UnrecognizedClientException", "The security token included in the request is invalid.")
	mismatch   = wire.Errorf("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
)

func incomplete(format string, args ...any) error {
	return wire.Errorf("IncompleteSignatureException", format, args...)
}

// credentialForm is access key, date, region, service and a constant.
var credentialForm = regexp.MustCompile(`^(\w{1,128})/([0-9]{8}/[a-z0-9-]+/cognito-idp/aws4_request)$`)

// Parse reads the signature of a request and checks its form. That there is one at
// all is what most uses of a pool ask for.
func Parse(r *http.Request) (Signature, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return Signature{}, wire.Unsigned
	}
	kind, rest, _ := strings.Cut(header, " ")
	if kind != algorithm {
		return Signature{}, incomplete("Unsupported AWS 'algorithm'.")
	}
	members := make(map[string]string)
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		members[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if members[name] == "" {
			return Signature{}, incomplete("Authorization header requires '%s' parameter.", name)
		}
	}
	credential := credentialForm.FindStringSubmatch(members["Credential"])
	if credential == nil {
		return Signature{}, incomplete("Credential must have the form KEY/YYYYMMDD/region/cognito-idp/aws4_request.")
	}
	s := Signature{KeyID: credential[1], scope: credential[2], headers: strings.Split(members["SignedHeaders"], ";")}
	var err error
	if s.value, err = hex.DecodeString(members["Signature"]); err != nil || len(s.value) != sha256.Size {
		return Signature{}, incomplete("Signature must be 64 hexadecimal digits.")
	}
	switch {
	case !slices.IsSorted(s.headers) || !slices.Contains(s.headers, "host"):
		return Signature{}, incomplete("SignedHeaders must be sorted and contain host.")
	case !strings.HasPrefix(r.Header.Get("X-Amz-Date"), s.scope[:8]+"T"):
		return Signature{}, incomplete("X-Amz-Date must be the time of the signature, on the date of its credential.")
	}
	return s, nil
}

// Verify checks the signature against the secrets of access keys, by id. Its time
// is not held against a clock: a pool's may stand still.
func (s Signature) Verify(r *http.Request, body []byte, secrets map[string]string) error {
	secret, known := secrets[s.KeyID]
	if !known {
		return unknownKey
	}
	request := sha256.Sum256([]byte(s.canonical(r, body)))
	text := strings.Join([]string{algorithm, r.Header.Get("X-Amz-Date"), s.scope, hex.EncodeToString(request[:])}, "\n")
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(s.scope, "/") {
		key = mac(key, part)
	}
	if !hmac.Equal(mac(key, text), s.value) {
		return mismatch
	}
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonical is the request in the form that is signed.
func (s Signature) canonical(r *http.Request, body []byte) string {
	payload := sha256.Sum256(body)
	// A POST to "/" has no query, or the values of one sorted by name.
	query := strings.ReplaceAll(url.Values(r.URL.Query()).Encode(), "+", "%20")
	var out strings.Builder
	out.WriteString(r.Method + "\n" + r.URL.EscapedPath() + "\n" + query + "\n")
	for _, name := range s.headers {
		out.WriteString(name + ":" + value(r, name) + "\n")
	}
	out.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + hex.EncodeToString(payload[:]))
	return out.String()
}

// value is that of a header, with runs of spaces as one. Two headers are not among
// the others: net/http takes them out.
func value(r *http.Request, name string) string {
	values := r.Header.Values(name)
	switch name {
	case "host":
		values = []string{r.Host}
	case "content-length":
		values = []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(trimmed, ",")
}
