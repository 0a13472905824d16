package main

import (
	"context"
	"testing"
	"time"
)

// The sign-ins that are counted end in tokens, and each code is good for one.
func TestSignIns(t *testing.T) {
	t.Parallel()
	pool, h, err := setup{Passwords: 10, TOTP: 3, Others: 5}.pool()
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
	if median, err := medianSignIn(ctx, h.target); err != nil || median <= 0 {
		t.Errorf("median %s, %v", median, err)
	}
	h.PoolID, h.ClientID = "us-east-1_Nothing", "nobody"
	if _, _, err := signInsByPassword(context.WithoutCancel(ctx), h.target, 1, time.Minute); err == nil {
		t.Error("sign-ins that failed were counted")
	}
}
