package main

import (
	"context"
	"testing"
	"time"
)

// The sign-ins that are counted end in tokens, and each code is good for one.
func TestSignIns(t *testing.T) {
	t.Parallel()
	pool, h, err := setup{Passwords: 10, TOTP: 3}.pool()
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	ctx := t.Context()
	rate, n, err := signInsWithTOTP(ctx, h.target, h.enrolled(), 1)
	if err != nil || n != 6 || rate <= 0 {
		t.Errorf("%d sign-ins with codes, %v, want 2 of each of 3 users", n, err)
	}
	if _, _, err := signInsWithTOTP(ctx, h.target, h.enrolled(), 1); err == nil {
		t.Error("codes were good for another sign-in")
	}
	if _, n, err = signInsByPassword(ctx, h.target, 2, 100*time.Millisecond); err != nil || n == 0 {
		t.Errorf("%d sign-ins by password, %v", n, err)
	}
	for kind, signIn := range map[string]func(context.Context, target, string) error{"password": byPassword, "SRP": bySRP} {
		took, err := medians(ctx, 3, signIn, crowd{h.target, 10}, crowd{h.target, 2})
		if err != nil || len(took) != 2 || took[0] <= 0 || took[1] <= 0 {
			t.Errorf("medians by %s: %s, %v", kind, took, err)
		}
	}
	h.PoolID, h.ClientID = "us-east-1_Nothing", "nobody"
	if _, _, err := signInsByPassword(context.WithoutCancel(ctx), h.target, 1, time.Minute); err == nil {
		t.Error("sign-ins that failed were counted")
	}
}
