package lambda_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A cloud is the part of AWS that the functions call, as far as they call it:
// Amazon SES, Secrets Manager and DynamoDB at one endpoint. It refuses what the
// role of the function's template does not allow.
type cloud struct {
	*httptest.Server
	secrets map[string]string // by ARN
	allowed []string          // actions of IAM
	table   http.Handler      // DynamoDB

	mu      sync.Mutex
	actions []string
	mails   []mail
}

// A mail is what SES was told to send.
type mail struct{ from, to, subject, text string }

// These names are those of the stack in the tests.
const (
	tableName = "marks"
	keyARN    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key"
	secretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:far-end"
	testKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func newCloud(t testing.TB, allowed []string, secret string) *cloud {
	c := &cloud{secrets: map[string]string{keyARN: testKey, secretARN: secret}, allowed: allowed, table: newTable(t)}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	service, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if r.URL.Path == "/v2/email/outbound-emails" {
		service, operation, ok = "ses", "SendEmail", true
	}
	service = strings.ToLower(strings.TrimSuffix(service, "_20120810"))
	action := service + ":" + operation
	c.mu.Lock()
	c.actions = append(c.actions, action)
	c.mu.Unlock()
	switch {
	case err != nil || !ok:
		http.NotFound(w, r)
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/") || !slices.Contains(c.allowed, action):
		refuse(w, "AccessDeniedException")
	case service == "ses":
		c.send(w, body)
	case service == "secretsmanager":
		c.secret(w, operation, body)
	default:
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.table.ServeHTTP(w, r)
	}
}

// refuse is an error in AWS's JSON protocols.
func refuse(w http.ResponseWriter, name string) {
	w.Header().Set("X-Amzn-Errortype", name)
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]string{"__type": name}) // the client is gone if it fails
}

func (c *cloud) send(w http.ResponseWriter, body []byte) {
	type data struct{ Data string }
	var in struct {
		FromEmailAddress string
		Destination      struct{ ToAddresses []string }
		Content          struct {
			Simple struct {
				Subject data
				Body    struct{ Text data }
			}
		}
	}
	if json.Unmarshal(body, &in) != nil || len(in.Destination.ToAddresses) != 1 {
		refuse(w, "BadRequestException")
		return
	}
	c.mu.Lock()
	c.mails = append(c.mails, mail{in.FromEmailAddress, in.Destination.ToAddresses[0], in.Content.Simple.Subject.Data, in.Content.Simple.Body.Text.Data})
	c.mu.Unlock()
	io.WriteString(w, `{"MessageId":"1"}`)
}

func (c *cloud) secret(w http.ResponseWriter, operation string, body []byte) {
	var in struct{ SecretId string }
	json.Unmarshal(body, &in) // what is no JSON has no such secret
	text, ok := c.secrets[in.SecretId]
	if !ok {
		refuse(w, "ResourceNotFoundException")
		return
	}
	reply := map[string]any{"ARN": in.SecretId, "Name": "secret", "VersionIdsToStages": map[string][]string{"v1": {"AWSCURRENT"}}}
	if operation == "GetSecretValue" {
		reply = map[string]any{"ARN": in.SecretId, "Name": "secret", "SecretString": text, "VersionId": "v1", "VersionStages": []string{"AWSCURRENT"}}
	}
	json.NewEncoder(w).Encode(reply) // the client is gone if it fails
}

// called lists the actions that were asked for, each once.
func (c *cloud) called() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(c.actions)))
}

// mailsTo returns what was sent to an address.
func (c *cloud) mailsTo(address string) []mail {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []mail
	for _, m := range c.mails {
		if m.to == address {
			found = append(found, m)
		}
	}
	return found
}
