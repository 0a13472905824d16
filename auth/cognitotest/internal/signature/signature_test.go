package signature_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/signature"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

var secrets = map[string]string{"AKIAEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

const body = `{"MaxResults":1}`

// signed is a request as the AWS SDK signs it.
func signed(t *testing.T, by string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:9229/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")
	r.Header.Set("X-Amz-Meta-Spaces", "  two   words ")
	hash := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: by, SecretAccessKey: secrets["AKIAEXAMPLE"]},
		r, hex.EncodeToString(hash[:]), "cognito-idp", "us-east-1", time.Date(2026, 2, 3, 9, 4, 5, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func check(r *http.Request) error {
	s, err := signature.Parse(r)
	if err != nil {
		return err
	}
	read, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return s.Verify(r, read, secrets)
}

// The SDK's signer is the oracle. Each row is its request but for one thing.
func TestAgainstSDK(t *testing.T) {
	t.Parallel()
	const mismatch, partial = "InvalidSignatureException", "IncompleteSignatureException"
	replace := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			header := r.Header.Get("Authorization")
			if !strings.Contains(header, old) {
				panic("no " + old + " in " + header)
			}
			r.Header.Set("Authorization", strings.Replace(header, old, new, 1))
		}
	}
	for name, row := range map[string]struct {
		change func(*http.Request)
		code   string
	}{
		"as it is":                 {func(*http.Request) {}, ""},
		"no spaces":                {replace(", SignedHeaders", ",SignedHeaders"), ""},
		"header that is unsigned":  {func(r *http.Request) { r.Header.Set("X-Other", "x") }, ""},
		"another target":           {func(r *http.Request) { r.Header.Set("X-Amz-Target", "x") }, mismatch},
		"another host":             {func(r *http.Request) { r.Host = "evil.example" }, mismatch},
		"another path":             {func(r *http.Request) { r.URL.Path = "/x" }, mismatch},
		"another query":            {func(r *http.Request) { r.URL.RawQuery = "x=1" }, mismatch},
		"another method":           {func(r *http.Request) { r.Method = "PUT" }, mismatch},
		"another body":             {func(r *http.Request) { r.Body = io.NopCloser(bytes.NewReader([]byte("{}"))) }, mismatch},
		"another length":           {func(r *http.Request) { r.ContentLength++ }, mismatch},
		"another region":           {replace("us-east-1", "us-east-2"), mismatch},
		"another second":           {func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260203T090406Z") }, mismatch},
		"a header twice":           {func(r *http.Request) { r.Header.Add("X-Amz-Target", "x") }, mismatch},
		"another key":              {replace("AKIAEXAMPLE", "AKIAOTHER"), "UnrecognizedClientException"},
		"none":                     {func(r *http.Request) { r.Header.Del("Authorization") }, "MissingAuthenticationTokenException"},
		"another algorithm":        {replace("HMAC-SHA256", "HMAC-SHA1"), partial},
		"no signature":             {replace("Signature=", "Sig="), partial},
		"no signed headers":        {replace("SignedHeaders=", "Headers="), partial},
		"no credential":            {replace("Credential=", "C="), partial},
		"another service":          {replace("cognito-idp", "dynamodb"), partial},
		"another kind of request":  {replace("aws4_request", "aws4"), partial},
		"signature too short":      {func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")[:200]) }, partial},
		"host not signed":          {replace(";host;", ";"), partial},
		"headers out of order":     {replace("content-type;", "x-z;content-type;"), partial},
		"no date":                  {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, partial},
		"date of another day":      {func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260204T090405Z") }, partial},
		"a bearer token":           {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, partial},
		"nothing but an algorithm": {func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256") }, partial},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := signed(t, "AKIAEXAMPLE")
			row.change(r)
			err := check(r)
			var refusal *wire.Error
			if errors.As(err, &refusal) != (row.code != "") || refusal != nil && refusal.Code != row.code || refusal == nil && err != nil {
				t.Errorf("got %v, want %s", err, row.code)
			}
		})
	}
}

// Whatever the header, the answer is a signature or a refusal.
func FuzzParse(f *testing.F) {
	good := "AWS4-HMAC-SHA256 Credential=A/20260203/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=" + strings.Repeat("0", 64)
	seeds := []string{good, "", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ,,,", "AWS4-HMAC-SHA256 Credential=,Signature=,SignedHeaders=", strings.Replace(good, "host", ";host;;", 1)}
	if len(seeds) < 5 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s, "20260203T090405Z")
	}
	f.Fuzz(func(t *testing.T, header, date string) {
		r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header["Authorization"], r.Header["X-Amz-Date"] = []string{header}, []string{date}
		err = check(r)
		var refusal *wire.Error
		if !errors.As(err, &refusal) {
			t.Errorf("%q: %v", header, err) // a right guess is out of reach
		}
	})
}
