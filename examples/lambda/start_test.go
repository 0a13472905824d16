package lambda_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// farEnds has one far end for each function.
var farEnds = map[string]func(*testing.T) farEnd{"emailotp": newMail, "duo": newDuo, "blockid": newBlockID}

// The settings that a function demands are those that its template sets: an
// executable without any names them all.
func TestSettings(t *testing.T) {
	t.Parallel()
	for name := range farEnds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			cmd := exec.Command(executable(t, name))
			cmd.Env, cmd.Stdout, cmd.Stderr = []string{}, &log, &log
			var exit *exec.ExitError
			if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Fatalf("without settings: %v", err)
			}
			var demanded []string
			for _, m := range regexp.MustCompile(`variable ([A-Z_]+) is not set`).FindAllStringSubmatch(log.String(), -1) {
				demanded = append(demanded, m[1])
			}
			sort.Strings(demanded)
			demanded = slices.Compact(demanded)
			if diff := cmp.Diff(readTemplate(t, name).environment(), demanded); diff != "" {
				t.Errorf("(-template +function):\n%s", diff)
			}
		})
	}
}

// Settings of which no method can be made stop the function before it is asked
// anything.
func TestUnusableSettings(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		function, variable, value string
	}{
		"a code of three digits":  {"emailotp", "CODE_LENGTH", "3"},
		"a length in words":       {"emailotp", "CODE_LENGTH", "six"},
		"no sender":               {"emailotp", "EMAIL_SENDER", ""},
		"a switch that is yes":    {"emailotp", "GUARDED", "yes"},
		"another prompt":          {"duo", "DUO_PROMPT", "iframe"},
		"a redirect by http":      {"duo", "REDIRECT_URL", "http://app.example/callback"},
		"no redirect":             {"duo", "REDIRECT_URL", ""},
		"no factor to choose":     {"blockid", "BLOCKID_ACR", ""},
		"keys by http":            {"blockid", "BLOCKID_KEYS_URL", "http://acme.example/keys"},
		"a tenant with a path":    {"blockid", "BLOCKID_TENANT", "acme.example/x"},
		"a secret without a name": {"blockid", "BLOCKID_SECRET_ARN", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := executable(t, row.function)
			w := &world{T: t, farEnd: farEnds[row.function](t), cloud: newCloud(t, nil, "")}
			env := w.environment()
			env[row.variable] = row.value
			out, err := startOnly(path, env)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !bytes.Contains(out, []byte("the function cannot start")) {
				t.Errorf("started: %v, %s", err, out)
			}
		})
	}
}

// startOnly runs an executable outside Lambda: whether or not its settings are
// good, it ends.
func startOnly(path string, env map[string]string) ([]byte, error) {
	cmd := exec.Command(path)
	cmd.Env = pairs(env)
	return cmd.CombinedOutput()
}

// A process has called nobody when it asks for its first event: whatever it may
// call would come to a listener of the test.
func TestNoNetworkAtInit(t *testing.T) {
	t.Parallel()
	for name, newFarEnd := range farEnds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := executable(t, name)
			var calls atomic.Int32
			everybody := httptest.NewUnstartedServer(http.NotFoundHandler())
			everybody.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					calls.Add(1)
				}
			}
			everybody.Start()
			t.Cleanup(everybody.Close)
			ready := make(chan struct{}, 1)
			runtime := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/2018-06-01/runtime/invocation/next" {
					ready <- struct{}{}
				}
				<-r.Context().Done() // there is no event
			}))
			t.Cleanup(runtime.Close)

			w := &world{T: t, farEnd: newFarEnd(t), cloud: &cloud{Server: everybody}}
			env := w.environment()
			env["AWS_LAMBDA_RUNTIME_API"] = strings.TrimPrefix(runtime.URL, "http://")
			env["AWS_REGION"] = "eu-west-1"
			env["HTTP_PROXY"], env["HTTPS_PROXY"], env["NO_PROXY"] = everybody.URL, everybody.URL, "127.0.0.1"
			cmd := exec.CommandContext(t.Context(), path)
			cmd.Env = pairs(env)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case <-ready:
			case err := <-ended:
				t.Fatalf("it ended: %v", err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			<-ended
			if n := calls.Load(); n != 0 {
				t.Errorf("%d connections before the first event", n)
			}
		})
	}
}

// While AWS cannot be reached, whoever signs in is told that it is not possible,
// and no more; and the next event tries again.
func TestOutOfReach(t *testing.T) {
	t.Parallel()
	for name, newFarEnd := range farEnds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const closed = "http://127.0.0.1:1" // a port that no test is given
			w := newWorld(t, newFarEnd(t), func(env map[string]string, _ *cognitotest.Config) {
				env["AWS_ENDPOINT_URL"], env["AWS_MAX_ATTEMPTS"] = closed, "1"
			})
			for range 2 {
				tokens, next, err := w.client.Begin(t.Context(), auth.CustomSRP(ann, password))
				if tokens != nil || next != nil || !errors.Is(err, auth.ErrDenied) {
					t.Errorf("%v, %v", next, err)
				}
			}
			if err := w.function.Close(); err != nil { // what it has written is there then
				t.Error(err)
			}
			if n := strings.Count(w.log.String(), "no handler yet"); n != 2 {
				t.Errorf("the log has %d failures", n)
			}
		})
	}
}

// Where the client allows SRP alone, the same executable is the guard.
func TestGuarded(t *testing.T) {
	t.Parallel()
	for name, newFarEnd := range farEnds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *world
			w = newWorld(t, newFarEnd(t), func(env map[string]string, c *cognitotest.Config) {
				env["GUARDED"] = "true"
				c.CustomAuthCoversSRP = false
				c.Client.Flows = append(c.Client.Flows, types.ExplicitAuthFlowsTypeAllowUserSrpAuth)
				c.Triggers.PreTokenGeneration = func(ctx context.Context, event []byte) ([]byte, error) { return w.invoke(ctx, event) }
			})
			for range 2 {
				tokens, _, err := w.client.Begin(t.Context(), auth.SRP(ann, password))
				if tokens != nil || !errors.Is(err, auth.ErrDenied) {
					t.Errorf("a password is enough: %v", err)
				}
				w.passes(w.pass(w.begin(ann), ann))
			}
			// One more by wrong answers, and the role has been used for all that it may.
			w.fails(w.begin(bob).Answer("x"))
			if unused := subtract(withoutLogs(w.cloud.allowed), w.cloud.called()); len(unused) > 0 {
				t.Errorf("the role may %q, and nothing needs it", unused)
			}
		})
	}
}

// How long the first event and the others take; -v shows it.
func TestColdStart(t *testing.T) {
	const colds, warms = 7, 50
	path := executable(t, "emailotp")
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f := newMail(t)
	w := &world{T: t, farEnd: f, cloud: newCloud(t, readTemplate(t, f.function).actions(), "")}
	event := []byte(`{"version":"1","triggerSource":"DefineAuthChallenge_Authentication","region":"eu-west-1","userPoolId":"eu-west-1_Pool",` +
		`"userName":"ann","callerContext":{"awsSdkVersion":"1","clientId":"client"},` +
		`"request":{"userAttributes":{"sub":"s"},"session":[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}]},"response":{}}`)
	var cold, warm []time.Duration
	invoke := func(function *cognitotest.LambdaFunction) time.Duration {
		begun := time.Now()
		if out, err := function.Invoke(t.Context(), event); err != nil || !bytes.Contains(out, []byte("PASSWORD_VERIFIER")) {
			t.Fatalf("%s, %v", out, err)
		}
		return time.Since(begun)
	}
	for range colds {
		function := cognitotest.Lambda(path, func(o *cognitotest.LambdaOptions) {
			o.Env, o.Timeout, o.InitTimeout = pairs(w.environment()), time.Minute, time.Minute
		})
		cold = append(cold, invoke(function))
		for range warms {
			warm = append(warm, invoke(function))
		}
		if err := function.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("emailotp on this machine: %.1f MiB; cold start with the first event, the fetch of the key included, %s; another event %s (medians of %d and %d)",
		float64(stat.Size())/(1<<20), median(cold), median(warm), len(cold), len(warm))
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2].Round(10 * time.Microsecond)
}
