//go:build unix

package auth_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/internal/measure"
)

// BenchmarkUsers signs somebody in, drawn from all users of a pool in this
// process: what a whole sign-in costs the library and the pool together, in CPU
// time and memory, and what a user costs. Neither should depend on how many
// there are.
func BenchmarkUsers(b *testing.B) {
	for users := 10; users <= 1_000_000; users *= 10 {
		b.Run(fmt.Sprint("users=", users), func(b *testing.B) {
			pool, err := cognitotest.New(cognitotest.Config{NoLockout: true, NoLimits: true})
			if err != nil {
				b.Fatal(err)
			}
			defer pool.Close()
			before := liveHeap()
			for i := range users {
				pool.AddUser(cognitotest.User{Username: fmt.Sprint(i), Password: password})
			}
			each := float64(liveHeap()-before) / float64(users)
			client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
			if err != nil {
				b.Fatal(err)
			}
			for _, first := range []struct {
				name string
				with func(username, password string) auth.FirstFactor
			}{{"Password", auth.Password}, {"SRP", auth.SRP}} {
				b.Run(first.name, func(b *testing.B) {
					signIn := func() {
						if _, err := client.SignIn(b.Context(), first.with(fmt.Sprint(rand.IntN(users)), password), auth.Prompts{}); err != nil {
							b.Fatal(err)
						}
					}
					signIn() // makes the pool's keys, the connection, the comb
					b.ReportAllocs()
					start := measure.CPU()
					for b.Loop() {
						signIn()
					}
					b.ReportMetric(float64((measure.CPU()-start).Nanoseconds())/float64(b.N), "CPU-ns/op")
					b.ReportMetric(each, "B/user")
				})
			}
		})
	}
}

// liveHeap is the memory of what can still be reached.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
