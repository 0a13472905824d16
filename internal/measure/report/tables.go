package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/internal/measure/plot"
)

const page = "docs/benchmarks.md"

// A table is a part of the page, between two comments with its name.
type table struct {
	name     string
	make     func(*results) string
	commands []string // whose output it is made of
}

var tables = []table{
	{"machine", machine, nil},
	{"srp", srpTable, []string{
		`go test -run '^$' -bench 'Handshake|DeviceProof|Secret' -count 5 ./srp`,
		`npm ci --silent --ignore-scripts --prefix auth/cognitotest/testdata/stock && node auth/cognitotest/testdata/stock/srpbench.mjs`,
	}},
	{"srp-ratio", srpRatio, []string{`COGNITOMFA_SRP_RATIO=3 go test -count=1 -run TestCPURatio -v ./srp`}},
	{"sign-in", signInTable, []string{`COGNITOMFA_SIGNIN_RATIO=1.15 go test -count=1 -run TestSignInRatio -v ./auth`}},
	{"challenges", challengeTable, []string{`go test -run '^$' -bench 'Parse|SealAndOpen' -benchtime 0.2s -count 5 ./challenge`}},
	{"triggers", triggerTable, []string{`go test -run '^$' -bench 'Invoke|Round' -benchtime 0.5s -count 5 ./challenge/trigger ./challenge/emailotp`}},
	{"users", usersTable, []string{`go test -run '^$' -bench Users -benchtime 300x -timeout 30m ./auth`}},
	{"pending", pendingTable, []string{`go test -count=1 -run TestPendingSignIns -v ./auth`}},
}

// commands are those of all tables.
var commands = func() (all []string) {
	for _, t := range tables {
		all = append(all, t.commands...)
	}
	return all
}()

// pages are the page with its tables, and the pictures, by their paths.
func pages(module fs.FS, r *results) (map[string][]byte, error) {
	text, err := fs.ReadFile(module, page)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		open, end := "<!-- measured "+t.name+" -->", "<!-- /measured -->"
		before, rest, ok := strings.Cut(string(text), open)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			return nil, fmt.Errorf("%s has no place between %s and %s", page, open, end)
		}
		body := t.make(r)
		if t.commands != nil {
			body += "\n    " + strings.Join(t.commands, "\n    ") + "\n"
		}
		text = []byte(before + open + "\n" + body + end + after)
	}
	all := map[string][]byte{page: text}
	for name, picture := range map[string]plot.Picture{"users": usersPicture(r), "pending": pendingPicture(r)} {
		var b bytes.Buffer
		if err := picture.Draw(&b); err != nil {
			r.missing = append(r.missing, name+".svg: "+err.Error())
		}
		all["docs/benchmarks/"+name+".svg"] = b.Bytes()
	}
	if r.missing != nil {
		return nil, fmt.Errorf("docs/benchmarks/results.txt lacks %s and %d more", r.missing[0], len(r.missing)-1)
	}
	return all, nil
}

// rows writes a table of Markdown.
func rows(lines ...[]string) string {
	var b strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(line, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(line)) + "|\n")
		}
	}
	return b.String()
}

// costs are a benchmark's time in one of its units, memory and allocations, as
// cells.
func (r *results) costs(name, unit string) []string {
	return []string{nanoseconds(r.bench(name, unit)), bytesOf(r.bench(name, "B/op")), thousands(r.bench(name, "allocs/op"))}
}

func machine(r *results) string {
	return fmt.Sprintf("Measured on %s with Go %s on a machine with %s CPUs (%s, %s).\nIts load average was %s before and %s after, the measurements' own work included.\n",
		r.fact("date"), r.fact("go"), r.fact("cpus"), r.fact("cpu"), r.fact("system"), r.fact("load before"), r.fact("load after"))
}

func srpTable(r *results) string {
	lines := [][]string{{"work", "by", "CPU", "times that of `srp`", "memory", "allocations"}}
	for _, w := range []struct{ bench, work string }{{"Handshake", "a user's handshake"}, {"DeviceProof", "a device's proof"}} {
		for _, by := range []struct{ name, title string }{
			{"cognitomfa", "`srp`"}, {"cognito-srp", "cognito-srp v4.1.0"},
			{"mathbig", "by hand over math/big, *a* of 256 bits"}, {"mathbig-1024", "the same, *a* of 1024 bits"},
			{"identity-js", "amazon-cognito-identity-js " + r.fact("identity-js") + ", Node.js " + r.fact("node")},
		} {
			name := w.bench + "/" + by.name
			if r.values[name] == nil && by.name != "cognitomfa" {
				continue // cognito-srp has no device's proof
			}
			c := []string{nanoseconds(r.bench(name, "CPU-ns/op")), "", ""}
			if r.values[name]["B/op"] != nil { // what JavaScript allocates is not known
				c = r.costs(name, "CPU-ns/op")
			}
			ratio := digits(r.bench(name, "CPU-ns/op") / r.bench(w.bench+"/cognitomfa", "CPU-ns/op"))
			lines = append(lines, []string{w.work, by.title, c[0], ratio, c[1], c[2]})
		}
	}
	c := r.costs("NewDeviceSecret", "CPU-ns/op")
	return rows(append(lines, []string{"a new device's secret, tried before it is used", "`srp`", c[0], "", c[1], c[2]})...)
}

func srpRatio(r *results) string {
	m := r.one(`median ratio of (\d+) rounds ([\d.]+) \(from ([\d.]+) to ([\d.]+)\)`)
	return fmt.Sprintf("In CPU time, with both in turn, cognito-srp takes **%.2f times** that of `srp` for a user's handshake: the median of %.0f rounds, from %.2f to %.2f.\n", m[1], m[0], m[2], m[3])
}

func signInTable(r *results) string {
	lines := [][]string{{"by", "CPU", "times that by hand", "quartiles of the rounds", "allocations", "calls"}}
	for _, by := range []struct{ name, title string }{
		{"auth", "`auth`"}, {"by hand, srp", "by hand, over `srp`"}, {"by hand, cognito-srp", "by hand, over cognito-srp"},
	} {
		m := r.one(regexp.QuoteMeta(by.name) + ` +CPU ([\d.]+) ms, ([\d]+) allocations, ([\d]+) calls.*rounds ([\d.]+) \(quartiles ([\d.]+) and ([\d.]+)\)`)
		lines = append(lines, []string{
			by.title, fmt.Sprintf("%.2f ms", m[0]), fmt.Sprintf("%.3f", m[3]), fmt.Sprintf("%.3f and %.3f", m[4], m[5]), thousands(m[1]), thousands(m[2]),
		})
	}
	return rows(lines...)
}

// types are the challenges' names in Go, by those of their public view.
var types = []struct{ kind, name string }{
	{"totp_code", "TOTPCode"}, {"sms_code", "SMSCode"}, {"email_code", "EmailCode"}, {"select_mfa", "SelectMFA"},
	{"set_up_mfa", "SetUpMFA"}, {"set_up_totp", "SetUpTOTP"}, {"set_up_email", "SetUpEmail"}, {"new_password", "NewPassword"},
	{"select_first_factor", "SelectFirstFactor"}, {"password", "Password"}, {"passkey", "Passkey"}, {"custom", "Custom"},
	{"password_verifier", "PasswordVerifier"}, {"unknown", "Unknown"},
}

func challengeTable(r *results) string {
	lines := [][]string{{"challenge", "time", "memory", "allocations"}}
	for _, t := range types {
		lines = append(lines, append([]string{"`" + t.name + "`"}, r.costs("Parse/"+t.kind, "ns/op")...))
	}
	return rows(append(lines, append([]string{"sealing a `TOTPCode` and opening it again"}, r.costs("SealAndOpen", "ns/op")...))...)
}

func triggerTable(r *results) string {
	lines := [][]string{{"event", "time", "memory", "allocations"}}
	for _, e := range []struct{ bench, title string }{
		{"Invoke/define-challenge", "DefineAuthChallenge, after the password"},
		{"Invoke/create", "CreateAuthChallenge"},
		{"Invoke/verify", "VerifyAuthChallengeResponse, right answer"},
		{"Invoke/define-tokens", "DefineAuthChallenge, after the answer"},
		{"Round", "the four of them with a code by e-mail (`emailotp`)"},
	} {
		lines = append(lines, append([]string{e.title}, r.costs(e.bench, "ns/op")...))
	}
	return rows(lines...)
}

// crowds are the numbers of users that were measured.
var crowds = []float64{10, 100, 1_000, 10_000, 100_000, 1_000_000}

func among(users float64, first string) string {
	return fmt.Sprintf("Users/users=%.0f/%s", users, first)
}

func usersTable(r *results) string {
	lines := [][]string{{"users", "CPU of a sign-in by `Password`", "by `SRP`", "memory of one by `Password`", "by `SRP`", "heap for each user"}}
	for _, n := range crowds {
		password, srp := among(n, "Password"), among(n, "SRP")
		each := ""
		if n >= 1_000 { // of fewer, the heap's own noise is the greater part
			each = bytesOf(r.bench(srp, "B/user"))
		}
		lines = append(lines, []string{
			thousands(n), nanoseconds(r.bench(password, "CPU-ns/op")), nanoseconds(r.bench(srp, "CPU-ns/op")),
			bytesOf(r.bench(password, "B/op")), bytesOf(r.bench(srp, "B/op")), each,
		})
	}
	return rows(lines...)
}

func usersPicture(r *results) plot.Picture {
	p := plot.Picture{X: "users in the pool", Y: "CPU of a sign-in in milliseconds, library and pool together"}
	for _, first := range []string{"SRP", "Password"} {
		c := plot.Curve{Name: first}
		for _, n := range crowds {
			c.Points = append(c.Points, plot.Point{X: n, Y: r.bench(among(n, first), "CPU-ns/op") / 1e6})
		}
		p.Curves = append(p.Curves, c)
	}
	return p
}

// pending are the lines of TestPendingSignIns from a hundred on: of fewer, the
// heap's own noise is the greater part.
func pending(r *results) [][]float64 {
	return slices.DeleteFunc(r.logged(`(\d+) pending sign-ins: (-?\d+) bytes, (-?\d+) each, (-?\d+) goroutines more`), func(line []float64) bool {
		return line[0] < 100
	})
}

func pendingTable(r *results) string {
	lines := [][]string{{"sign-ins that wait", "heap", "each", "goroutines"}}
	for _, m := range pending(r) {
		lines = append(lines, []string{thousands(m[0]), bytesOf(m[1]), thousands(m[2]) + " B", thousands(m[3])})
	}
	return rows(lines...)
}

func pendingPicture(r *results) plot.Picture {
	var c plot.Curve
	for _, m := range pending(r) {
		c.Points = append(c.Points, plot.Point{X: m[0], Y: m[1] / 1024})
	}
	return plot.Picture{X: "sign-ins that wait for a code", Y: "heap in KiB", Curves: []plot.Curve{c}}
}
