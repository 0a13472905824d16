package auth_test

import (
	"crypto/rand"
	"encoding/base64"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// Many sign-ins wait for their codes at once: what each of them costs, with a
// session and parameters as long as Cognito's. Nothing but the challenge is
// kept, and no goroutine.
func TestPendingSignIns(t *testing.T) {
	// Not parallel: it counts the whole process's memory and goroutines.
	for _, pending := range []int{1, 10, 100, 1_000, 10_000} {
		hold(t, pending)
	}
}

// hold makes so many sign-ins that wait.
func hold(t *testing.T, pending int) {
	t.Helper()
	const maxBytes = 16 << 10
	api := &script{}
	respond := func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		raw := make([]byte, 1200)
		rand.Read(raw)
		return &cip.RespondToAuthChallengeOutput{
			ChallengeName: "SOFTWARE_TOKEN_MFA", Session: aws.String(base64.RawURLEncoding.EncodeToString(raw)),
			ChallengeParameters: map[string]string{"USER_ID_FOR_SRP": canonical, "FRIENDLY_DEVICE_NAME": "phone"},
		}, nil
	}
	api.initiate = func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		out, err := respond(nil)
		return &cip.InitiateAuthOutput{ChallengeName: out.ChallengeName, Session: out.Session, ChallengeParameters: out.ChallengeParameters}, err
	}
	client := newClient(t, api)
	goroutines := runtime.NumGoroutine()
	kept := make([]challenge.Challenge, pending)
	before := heap()
	for i := range kept {
		_, c, err := client.Begin(t.Context(), auth.Password("ann@example.com", "p"))
		if err != nil {
			t.Fatal(err)
		}
		kept[i] = c
		api.calls = api.calls[:0]
	}
	total := heap() - before
	t.Logf("%d pending sign-ins: %d bytes, %d each, %d goroutines more", pending, total, total/int64(pending), runtime.NumGoroutine()-goroutines)
	// What the process keeps besides hides the cost of a few.
	if each := total / int64(pending); pending >= 1_000 && (each <= 0 || each > maxBytes) {
		t.Errorf("%d bytes for each of %d pending sign-ins", each, pending)
	}
	// A goroutine that an earlier test left behind may be about to end.
	for limit := time.Now().Add(time.Minute); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
	runtime.KeepAlive(kept)
}

// heap is what is in use. What has a finalizer or is in a sync.Pool, of an earlier
// test say, goes in the second collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
