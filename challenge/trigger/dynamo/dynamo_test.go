package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/challenge/trigger/dynamo"
	"github.com/cognitomfa/cognitomfa/challenge/trigger/internal/storetest"
	"github.com/cognitomfa/cognitomfa/internal/witness"
)

// required, if set, makes the test with dynalite fail, and not be skipped, where
// dynalite is missing.
const required = "COGNITOMFA_DYNALITE"

func client(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
		RetryMaxAttempts: 1,
	})
}

// dynalite starts the DynamoDB in testdata, which ends with the test.
func dynalite(t *testing.T) string {
	t.Helper()
	return "http://" + witness.Serve(t, witness.Node(t, required, "testdata", "dynalite"), "testdata/serve.js")
}

func TestDynalite(t *testing.T) {
	t.Parallel()
	sdk := client(dynalite(t))
	if _, err := sdk.CreateTable(t.Context(), dynamo.TableDefinition("marks")); err != nil {
		t.Fatal(err)
	}
	if err := dynamodb.NewTableExistsWaiter(sdk, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, 20*time.Millisecond
	}).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("marks")}, time.Minute); err != nil {
		t.Fatal(err)
	}
	t.Run("conformance", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T, now func() time.Time) (trigger.Store, string) {
			store, err := dynamo.New(sdk, "marks", now)
			if err != nil {
				t.Fatal(err)
			}
			return store, t.Name() + "#"
		})
	})
	// What the table holds is what time to live needs.
	store, err := dynamo.New(sdk, "marks", nil)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour)
	if _, claimed, err := store.Claim(t.Context(), "item", "value", until); !claimed || err != nil {
		t.Fatal(claimed, err)
	}
	out, err := sdk.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("marks"), Key: map[string]types.AttributeValue{dynamo.KeyAttribute: &types.AttributeValueMemberS{Value: "item"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var expires time.Time
	if n, ok := out.Item[dynamo.TTLAttribute].(*types.AttributeValueMemberN); ok {
		var s int64
		if err := json.Unmarshal([]byte(n.Value), &s); err != nil {
			t.Fatal(err)
		}
		expires = time.Unix(s, 0)
	}
	if d := expires.Sub(until); d < 0 || d >= time.Second {
		t.Errorf("the item expires at %s, want within a second after %s", expires, until)
	}
}

// A script is a DynamoDB that answers each operation with the next of its
// replies.
type script struct {
	mu      sync.Mutex
	replies []string // "OPERATION STATUS BODY"
	asked   []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.asked = append(s.asked, operation)
	body, _ := io.ReadAll(r.Body)
	stale := operation == "GetItem" && !strings.Contains(string(body), `"ConsistentRead":true`)
	if stale || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/") || !strings.Contains(string(body), `"TableName":"marks"`) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if len(s.replies) == 0 {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	parts := strings.SplitN(s.replies[0], " ", 3)
	s.replies = s.replies[1:]
	if parts[0] != operation {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if parts[1] != "200" {
		w.WriteHeader(http.StatusBadRequest)
	}
	io.WriteString(w, parts[2])
}

const (
	taken     = `PutItem 400 {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}`
	noCounter = `UpdateItem 400 {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}`
	gone      = `GetItem 200 {}`
)

// What a table may do that dynalite does not: items of others, races lost again
// and again, failures. It is an error, not an answer.
func TestOddReplies(t *testing.T) {
	t.Parallel()
	claim := func(ctx context.Context, s *dynamo.Store) error {
		held, claimed, err := s.Claim(ctx, "k", "v", time.Now())
		if err == nil && (held != "v" || !claimed) {
			return errors.New("not claimed")
		}
		return err
	}
	take := func(ctx context.Context, s *dynamo.Store) error {
		_, found, err := s.Take(ctx, "k")
		if err != nil && found {
			return errors.New("found what failed")
		}
		return err
	}
	add := func(n int) func(context.Context, *dynamo.Store) error {
		return func(ctx context.Context, s *dynamo.Store) error {
			_, err := s.Add(ctx, "k", n, time.Now())
			return err
		}
	}
	const foreign, busy = "not of this package", "keeps changing"
	for name, row := range map[string]struct {
		do      func(context.Context, *dynamo.Store) error
		replies []string
		want    string // a word of the error, or "" for none
	}{
		"claimed":                      {claim, []string{`PutItem 200 {}`}, ""},
		"claimed when it was gone":     {claim, []string{taken, gone, `PutItem 200 {}`}, ""},
		"never free":                   {claim, []string{taken, gone, taken, gone, taken, gone, taken, gone}, busy},
		"an item without a time":       {claim, []string{taken, `GetItem 200 {"Item":{"pk":{"S":"k"},"v":{"S":"v"}}}`}, foreign},
		"a time that is text":          {claim, []string{taken, `GetItem 200 {"Item":{"expires":{"S":"tomorrow"},"v":{"S":"v"}}}`}, foreign},
		"a time that is a fraction":    {claim, []string{taken, `GetItem 200 {"Item":{"expires":{"N":"9e99"},"v":{"S":"v"}}}`}, foreign},
		"a counter where a claim is":   {claim, []string{taken, `GetItem 200 {"Item":{"expires":{"N":"99999999999"},"n":{"N":"1"}}}`}, foreign},
		"reading fails":                {claim, []string{taken, `GetItem 400 {"__type":"ResourceNotFoundException"}`}, "ResourceNotFoundException"},
		"writing fails":                {claim, []string{`PutItem 400 {"__type":"ProvisionedThroughputExceededException"}`}, "ProvisionedThroughputExceededException"},
		"garbage":                      {claim, []string{`PutItem 200 x`}, "writing an entry"},
		"take fails":                   {take, []string{`DeleteItem 400 {"__type":"AccessDeniedException"}`}, "AccessDeniedException"},
		"take of another's":            {take, []string{`DeleteItem 200 {"Attributes":{"expires":{"N":"99999999999"},"v":{"N":"1"}}}`}, foreign},
		"take of a counter of another": {take, []string{`DeleteItem 200 {"Attributes":{"expires":{"N":"99999999999"},"n":{"S":"x"}}}`}, foreign},
		"added":                        {add(1), []string{`UpdateItem 200 {"Attributes":{"n":{"N":"7"}}}`}, ""},
		"begun by another":             {add(1), []string{noCounter, taken, `UpdateItem 200 {"Attributes":{"n":{"N":"7"}}}`}, ""},
		"never to be added":            {add(1), []string{noCounter, taken, noCounter, taken, noCounter, taken, noCounter, taken}, busy},
		"adding fails":                 {add(1), []string{`UpdateItem 400 {"__type":"ValidationException"}`}, "ValidationException"},
		"beginning fails":              {add(1), []string{noCounter, `PutItem 400 {"__type":"AccessDeniedException"}`}, "AccessDeniedException"},
		"a sum is missing":             {add(1), []string{`UpdateItem 200 {}`}, foreign},
		"reading a claim":              {add(0), []string{`GetItem 200 {"Item":{"expires":{"N":"99999999999"},"v":{"S":"v"}}}`}, foreign},
		"reading nothing":              {add(0), []string{gone}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &script{replies: row.replies}
			srv := httptest.NewServer(server)
			defer srv.Close()
			store, err := dynamo.New(client(srv.URL), "marks", nil)
			if err != nil {
				t.Fatal(err)
			}
			err = row.do(t.Context(), store)
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("got %v, want %q; asked %q", err, row.want, server.asked)
			}
			if len(server.replies) > 0 {
				t.Errorf("not asked for: %q", server.replies)
			}
		})
	}
	if _, err := dynamo.New(nil, "marks", nil); err == nil {
		t.Error("a store without a client")
	}
	if _, err := dynamo.New(client("http://localhost"), "", nil); err == nil {
		t.Error("a store without a table")
	}
}
