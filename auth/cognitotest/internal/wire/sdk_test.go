package wire_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/smithy-go/middleware"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// exchange is the network: it keeps the request body and answers another.
type exchange struct {
	request, response []byte
}

func (x *exchange) Do(r *http.Request) (*http.Response, error) {
	var err error
	x.request, err = io.ReadAll(r.Body)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(bytes.NewReader(x.response)), Request: r,
	}, err
}

// The SDK's own serializers and deserializers are the oracle: for every
// operation of the service, not only those that the pool has, what they write is
// read back as the same input, and what is written is read by them as the same
// output.
func TestAgainstSDK(t *testing.T) {
	t.Parallel()
	var x exchange
	client := reflect.ValueOf(cip.New(cip.Options{
		Region: "us-east-1", HTTPClient: &x,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}))
	operations := 0
	for method := range client.Type().NumMethod() {
		name := client.Type().Method(method).Name
		call := client.Method(method)
		if call.Type().NumIn() != 3 || !strings.HasSuffix(call.Type().In(1).String(), name+"Input") {
			continue // Options
		}
		operations++
		in := reflect.New(call.Type().In(1).Elem())
		fill(in.Elem(), "")
		out := reflect.New(call.Type().Out(0).Elem())
		fill(out.Elem(), "")
		var err error
		if x.response, err = wire.Encode(out.Interface()); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		results := call.Call([]reflect.Value{reflect.ValueOf(context.Background()), in})
		if err, _ := results[1].Interface().(error); err != nil {
			t.Errorf("%s: the SDK says: %v", name, err)
			continue
		}
		got := results[0]
		got.Elem().FieldByName("ResultMetadata").Set(reflect.ValueOf(middleware.Metadata{}))
		refreshDocuments(t, got.Elem())
		if !reflect.DeepEqual(got.Interface(), out.Interface()) {
			t.Errorf("%s: the SDK reads %s another way", name, x.response)
		}
		back := reflect.New(in.Type().Elem())
		if err := wire.Decode(x.request, back.Interface()); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(back.Interface(), in.Interface()) {
			t.Errorf("%s: %s is read another way", name, x.request)
		}
	}
	if operations < 100 {
		t.Errorf("only %d operations were found", operations)
	}
}

// refreshDocuments makes documents comparable: one that was read is of another
// type than one that was made.
func refreshDocuments(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && f.Type().Elem() != reflect.TypeFor[time.Time]():
			refreshDocuments(t, f.Elem())
		case f.Type() == reflect.TypeFor[document.Interface]():
			var value any
			if err := f.Interface().(document.Interface).UnmarshalSmithyDocument(&value); err != nil {
				t.Fatal(err)
			}
			f.Set(reflect.ValueOf(document.NewLazyDocument(value)))
		}
	}
}

// valid are values for the members that have a form; the others take any text.
var valid = map[string]string{
	"UserCode": "123456", "UserPoolId": "us-east-1_Ab", "AccessToken": "abc", "ClientId": "abc",
	"Session": strings.Repeat("s", 20), "Username": "ann", "ConfirmationCode": "1", "Password": "p",
	"DeviceKey": "us-east-1_0a", "Code": "1", "PoolName": "pool", "ClientName": "web", "GroupName": "staff", "ClientSecret": "secret",
	"RoleArn": arn, "LambdaArn": arn, "KMSKeyID": arn, "CreateAuthChallenge": arn, "DefineAuthChallenge": arn,
	"VerifyAuthChallengeResponse": arn, "CustomMessage": arn, "PostAuthentication": arn, "PostConfirmation": arn,
	"PreAuthentication": arn, "PreSignUp": arn, "PreTokenGeneration": arn, "UserMigration": arn,
}

const arn = "arn:aws:lambda:us-east-1:123456789012:function:f"

// fill gives every member a value that is not its zero one.
func fill(v reflect.Value, name string) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMilli(1_700_000_000_125).UTC()))
		return
	case v.Type() == reflect.TypeFor[document.Interface]():
		v.Set(reflect.ValueOf(document.NewLazyDocument("text")))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	case reflect.String:
		text := "text & <more>"
		if known, ok := valid[name]; ok {
			text = known
		}
		if values := v.MethodByName("Values"); values.IsValid() {
			text = values.Call(nil)[0].Index(0).String()
		}
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			if v.Type().Elem().Kind() == reflect.Uint8 {
				v.Index(i).SetUint(uint64(i))
			} else {
				fill(v.Index(i), "")
			}
		}
	case reflect.Map:
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, "")
		fill(elem, "")
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, elem)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "ResultMetadata" {
				fill(v.Field(i), f.Name)
			}
		}
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	const body = `{"CredentialCreationOptions":{"challenge":"abc","n":[1,2.5,null,true]}}`
	var out cip.StartWebAuthnRegistrationOutput
	if err := wire.Decode([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	back, err := wire.Encode(&out)
	if err != nil || string(back) != body {
		t.Errorf("got %s, %v", back, err)
	}
}

// An error body is these bytes: a captured response counts 79 of them
// (github.com/aws/aws-sdk-net/issues/1441).
func TestErrorBody(t *testing.T) {
	t.Parallel()
	const want = `{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`
	if got := wire.IncorrectPassword.Body(); string(got) != want || len(got) != 79 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

// Whatever the body, decoding ends in a value, a *MalformedError or an *Error;
// and a value survives being written and read again.
func FuzzDecode(f *testing.F) {
	seeds := []string{
		`{}`, `null`, `[]`, `{"ClientId":"abc"}`, `{"ClientId":null}`, `{"ClientId":7}`, `{"AuthFlow":"USER_SRP_AUTH"}`,
		`{"AuthFlow":"NONE"}`, `{"AuthParameters":{"USERNAME":"ann"}}`, `{"AuthParameters":{"USERNAME":null}}`,
		`{"UserContextData":{"IpAddress":"::1"}}`, `{"Session":"short"}`, `{"clientid":"x"}`, `{"ClientId":"x","ClientId":1}`,
		"{\"ClientId\":\"\xff\"}", `{"ClientId":"\ud800"}`, `{"AuthFlow":"CUSTOM_AUTH","ClientId":"abc","AuthParameters":{"A":"\u0000"}}`,
	}
	if len(seeds) < 10 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in, back cip.InitiateAuthInput
		if err := wire.Decode(body, &in); err != nil {
			switch err.(type) {
			case *wire.Error, *wire.MalformedError:
			default:
				t.Errorf("error of type %T: %v", err, err)
			}
			return
		}
		text, err := wire.Encode(&in)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Decode(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := wire.Encode(&back)
		if err != nil || !bytes.Equal(text, again) {
			t.Errorf("%s became %s, %v", text, again, err)
		}
	})
}
