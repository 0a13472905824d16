package cognitotest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// crowd makes a pool of n users named 0, 1, …, each with an address.
func crowd(b *testing.B, n int) *cognitotest.Pool {
	b.Helper()
	pool, err := cognitotest.New(cognitotest.Config{NoLockout: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { pool.Close() })
	for i := range n {
		name := fmt.Sprint(i)
		pool.AddUser(cognitotest.User{Username: name, Password: password, Attributes: map[string]string{
			"email": name + "@example.com", "email_verified": "true",
		}})
	}
	return pool
}

// What a user costs in memory, and that neither a sign-in nor a page of ListUsers
// costs more among many users than among few.
func BenchmarkCrowd(b *testing.B) {
	for _, n := range []int{10, 1_000_000} {
		b.Run(fmt.Sprint("users=", n), func(b *testing.B) {
			before := heap()
			pool := crowd(b, n)
			size := float64(heap()-before) / float64(n)
			id := pool.ID()
			signIn := func(flow, params string) func() (string, string) {
				return func() (string, string) {
					return "InitiateAuth", fmt.Sprintf(`{"AuthFlow":"%s","ClientId":"%s","AuthParameters":{"USERNAME":"%d",%s}}`,
						flow, pool.Client().ID, rand.IntN(n), params)
				}
			}
			for name, request := range map[string]func() (string, string){
				"password": signIn("USER_PASSWORD_AUTH", `"PASSWORD":"`+password+`"`),
				"SRP_A":    signIn("USER_SRP_AUTH", `"SRP_A":"abcdef"`),
				"page": func() (string, string) {
					return "ListUsers", fmt.Sprintf(`{"UserPoolId":"%s","Limit":10,"PaginationToken":"%d"}`, id, 1+rand.IntN(n))
				},
				"find": func() (string, string) {
					return "ListUsers", fmt.Sprintf(`{"UserPoolId":"%s","Filter":"username = \"%d\""}`, id, rand.IntN(n))
				},
			} {
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						operation, body := request()
						if answer := post(pool, operation, body); answer.Code != http.StatusOK {
							b.Fatal(answer.Body)
						}
					}
					b.ReportMetric(size, "B/user")
				})
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
