package lambda_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cognitomfa/cognitomfa/challenge/trigger/dynamo"
)

// newTable returns a DynamoDB with the table of marks: dynalite where it is
// installed (npm ci in challenge/trigger/dynamo/testdata), else a small one.
// All tests share dynalite: they have pools, and so keys, of their own.
func newTable(t testing.TB) http.Handler {
	t.Helper()
	shared, err := dynalite()
	if err != nil {
		t.Fatal("dynalite:", err)
	}
	if shared != nil {
		return shared
	}
	return &table{items: make(map[string]map[string]attribute)}
}

// stopDynalite ends what dynalite has started.
var stopDynalite = func() {}

// dynalite starts dynalite once; it returns nil where that is not installed.
var dynalite = sync.OnceValues(func() (http.Handler, error) {
	const at = "../../challenge/trigger/dynamo/testdata"
	node, err := exec.LookPath("node")
	if _, err2 := os.Stat(filepath.Join(at, "node_modules/dynalite")); err != nil || err2 != nil {
		return nil, nil
	}
	cmd := exec.Command(node, filepath.Join(at, "serve.js"))
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return nil, err
	}
	stopDynalite = func() {
		stdin.Close() // by which it ends
		cmd.Wait()
	}
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, err
	}
	address := &url.URL{Scheme: "http", Host: "127.0.0.1:" + strings.TrimSpace(port)}
	return httputil.NewSingleHostReverseProxy(address), createTable(address.String())
})

func createTable(endpoint string) error {
	client := dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
	})
	definition := dynamo.TableDefinition(tableName)
	if _, err := client.CreateTable(context.Background(), definition); err != nil {
		return err
	}
	return dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, 20*time.Millisecond
	}).Wait(context.Background(), &dynamodb.DescribeTableInput{TableName: definition.TableName}, time.Minute)
}

// An attribute is a text or a number.
type attribute struct {
	S *string `json:",omitempty"`
	N *string `json:",omitempty"`
}

func (a attribute) number() int64 {
	if a.N == nil {
		return 0
	}
	n, _ := strconv.ParseInt(*a.N, 10, 64) // zero is as good as absent
	return n
}

// A table understands the two conditions of package dynamo and no others. It is
// for machines without dynalite, which knows DynamoDB's rules.
type table struct {
	mu    sync.Mutex
	items map[string]map[string]attribute
}

func (d *table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		TableName                 string
		Key, Item                 map[string]attribute
		ConditionExpression       string
		ExpressionAttributeValues map[string]attribute
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.TableName != tableName {
		refuse(w, "ResourceNotFoundException")
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	id := in.Key
	if operation == "PutItem" {
		id = in.Item
	}
	key := *id["pk"].S
	old := d.items[key]
	alive := old != nil && old["expires"].number() > in.ExpressionAttributeValues[":now"].number()
	reply := map[string]any{}
	switch {
	case operation == "GetItem" && old != nil:
		reply["Item"] = old
	case operation == "GetItem":
	case operation == "DeleteItem":
		delete(d.items, key)
		if old != nil {
			reply["Attributes"] = old
		}
	case operation == "PutItem" && in.ConditionExpression == "attribute_not_exists(pk) OR expires <= :now" && !alive:
		d.items[key] = in.Item
	case operation == "UpdateItem" && in.ConditionExpression == "expires > :now" && alive:
		sum := strconv.FormatInt(old["n"].number()+in.ExpressionAttributeValues[":n"].number(), 10)
		old["n"] = attribute{N: &sum}
		reply["Attributes"] = map[string]attribute{"n": old["n"]}
	case in.ConditionExpression == "attribute_not_exists(pk) OR expires <= :now", in.ConditionExpression == "expires > :now":
		refuse(w, "ConditionalCheckFailedException")
		return
	default:
		refuse(w, "ValidationException")
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	json.NewEncoder(w).Encode(reply) // the client is gone if it fails
}
