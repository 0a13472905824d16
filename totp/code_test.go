package totp_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/totp"
)

// rfcSecret is the SHA-1 seed of RFC 6238 appendix B, "12345678901234567890".
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// rfcVectors are the SHA-1 rows of RFC 6238 appendix B. The RFC prints eight
// digits; a six-digit code is the last six of them, since both are remainders
// of the same number (RFC 4226 section 5.3).
var rfcVectors = []struct {
	unix  int64
	step  int64
	eight string
}{
	{59, 0x1, "94287082"},
	{1111111109, 0x23523EC, "07081804"},
	{1111111111, 0x23523ED, "14050471"},
	{1234567890, 0x273EF07, "89005924"},
	{2000000000, 0x3F940AA, "69279037"},
	{20000000000, 0x27BC86AA, "65353130"},
}

func TestRFC6238(t *testing.T) {
	t.Parallel()
	for _, v := range rfcVectors {
		at := time.Unix(v.unix, 0)
		if got := totp.Step(at); got != v.step {
			t.Errorf("Step(%d) = %#x, want %#x", v.unix, got, v.step)
		}
		got, err := totp.Code(rfcSecret, at)
		if want := v.eight[2:]; err != nil || got != want {
			t.Errorf("Code(%d) = %q, %v, want %q", v.unix, got, err, want)
		}
	}
}

// oracle is RFC 4226 section 5.3 in a few lines, sharing nothing with the
// package under test.
func oracle(key []byte, step uint64) string {
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[19]&15:]) & math.MaxInt32
	return fmt.Sprintf("%06d", n%1_000_000)
}

func TestCodeAgreesWithOracle(t *testing.T) {
	t.Parallel()
	for i := range int64(200) {
		secret := totp.NewSecret()
		key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(i*i*987_654, 0)
		got, err := totp.Code(secret, at)
		if want := oracle(key, uint64(at.Unix()/30)); err != nil || got != want {
			t.Errorf("Code at %v = %q, %v, want %q", at, got, err, want)
		}
	}
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		s := totp.NewSecret()
		if len(s) != 52 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || seen[s] {
			t.Fatalf("secret %d has %d characters, is not base32, or is a repeat", len(seen), len(s))
		}
		seen[s] = true
	}
}

func TestStepFloors(t *testing.T) {
	t.Parallel()
	for unix, want := range map[int64]int64{0: 0, 29: 0, 30: 1, -1: -1, -30: -1, -31: -2} {
		if got := totp.Step(time.Unix(unix, 0)); got != want {
			t.Errorf("Step(%d) = %d, want %d", unix, got, want)
		}
	}
}

// Each row deviates from one good secret in one respect.
var secretDeviations = []struct {
	name, secret string
	ok           bool
}{
	{"good", rfcSecret, true},
	{"lower case", strings.ToLower(rfcSecret), true},
	{"padded", "GEZDGNBVGY3TQOJQGE======", true},
	{"shortest", rfcSecret[:16], true},
	{"longest", strings.Repeat("A", 256), true},
	{"empty", "", false},
	{"only padding", "========", false},
	{"too short", rfcSecret[:15], false},
	{"too long", strings.Repeat("A", 264), false},
	{"one character too many", rfcSecret[:17], false},
	{"three characters too many", rfcSecret[:19], false},
	{"six characters too many", rfcSecret[:22], false},
	{"padding inside", rfcSecret[:8] + "=" + rfcSecret[8:], false},
	{"zero", "0" + rfcSecret[1:], false},
	{"one", "1" + rfcSecret[1:], false},
	{"eight", "8" + rfcSecret[1:], false},
	{"a space", rfcSecret[:16] + " " + rfcSecret[16:], false},
	{"a line end", rfcSecret + "\n", false},
	{"a line end inside", rfcSecret[:16] + "\r\n" + rfcSecret[16:], false},
	{"a letter that upper-cases to ASCII", "ſ" + rfcSecret[1:], false},
	{"not UTF-8", "\xff" + rfcSecret[1:], false},
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	at := time.Unix(1234567890, 0)
	for _, tc := range secretDeviations {
		code, codeErr := totp.Code(tc.secret, at)
		_, enrollErr := totp.Enroll(tc.secret, "Example", "alice")
		for what, err := range map[string]error{"Code": codeErr, "Enroll": enrollErr} {
			if tc.ok != (err == nil) || !tc.ok && !errors.Is(err, totp.ErrSecret) {
				t.Errorf("%s: %s gives %v", tc.name, what, err)
			}
			if err != nil && len(tc.secret) > 8 && strings.Contains(err.Error(), tc.secret[:8]) {
				t.Errorf("%s: the error of %s holds the secret", tc.name, what)
			}
		}
		if code == "" {
			code = "005924"
		}
		if _, ok := totp.Validate(tc.secret, code, at, 1); ok != tc.ok {
			t.Errorf("%s: Validate gives %v", tc.name, ok)
		}
	}
}

func TestCodeBefore1970(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{{}, time.Unix(-1, 0)} {
		if code, err := totp.Code(rfcSecret, at); !errors.Is(err, totp.ErrTime) {
			t.Errorf("Code(%v) = %q, %v", at, code, err)
		}
	}
}

func TestValidateWindow(t *testing.T) {
	t.Parallel()
	at := time.Unix(1234567890, 0)
	now := totp.Step(at)
	for _, tc := range []struct {
		window int
		reach  int64
	}{
		{math.MinInt, 0}, {-1, 0}, {0, 0}, {1, 1}, {3, 3},
		{totp.MaxWindow, totp.MaxWindow}, {totp.MaxWindow + 1, totp.MaxWindow}, {math.MaxInt, totp.MaxWindow},
	} {
		for d := int64(-totp.MaxWindow - 2); d <= totp.MaxWindow+2; d++ {
			code, err := totp.Code(rfcSecret, at.Add(time.Duration(d)*totp.Period))
			if err != nil {
				t.Fatal(err)
			}
			step, ok := totp.Validate(rfcSecret, code, at, tc.window)
			if want := max(d, -d) <= tc.reach; ok != want || ok && step != now+d {
				t.Errorf("window %d: the code of step %+d gives %+d, %v", tc.window, d, step-now, ok)
			}
		}
	}
}

func TestValidateNear1970(t *testing.T) {
	t.Parallel()
	code, err := totp.Code(rfcSecret, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for unix, want := range map[int64]bool{0: true, 30: true, -30: true, -60: false} {
		if step, ok := totp.Validate(rfcSecret, code, time.Unix(unix, 0), 1); ok != want || step != 0 {
			t.Errorf("at %d: step %d, %v", unix, step, ok)
		}
	}
	if _, ok := totp.Validate(rfcSecret, code, time.Time{}, 1); ok {
		t.Error("a code is valid at the zero time")
	}
	// The step before the first is no step, although it has a counter.
	before := oracle([]byte("12345678901234567890"), math.MaxUint64)
	if step, ok := totp.Validate(rfcSecret, before, time.Unix(0, 0), 1); ok {
		t.Errorf("step %d is valid", step)
	}
}

// When two steps of a window have the same code, storing the returned step must
// bar both of them.
func TestValidateReturnsLatest(t *testing.T) {
	t.Parallel()
	const reach = totp.MaxWindow
	for step := int64(1); step < 100_000; step++ {
		at := time.Unix(step*30, 0)
		code, err := totp.Code(rfcSecret, at)
		if err != nil {
			t.Fatal(err)
		}
		for d := int64(1); d <= 2*reach; d++ {
			again, _ := totp.Code(rfcSecret, at.Add(time.Duration(d)*totp.Period))
			if again != code {
				continue
			}
			middle := at.Add(time.Duration(d) / 2 * totp.Period)
			if got, ok := totp.Validate(rfcSecret, code, middle, reach); !ok || got != step+d {
				t.Errorf("steps %d and %d share a code; Validate returns %d, %v", step, step+d, got, ok)
			}
			return
		}
	}
	t.Fatal("no two steps share a code: the test has tested nothing")
}

func TestValidateMalformedCodes(t *testing.T) {
	t.Parallel()
	at := time.Unix(1234567890, 0) // 005924
	for _, code := range []string{
		"", "5924", "05924", "0005924", " 005924", "005924 ", "005924\n", "00592a",
		"+05924", "-05924", "00 924", "٠٠٥٩٢٤", "００５９２４", "00592\x00", "0\xff5924",
	} {
		if _, ok := totp.Validate(rfcSecret, code, at, 1); ok {
			t.Errorf("%q is valid", code)
		}
	}
	if _, ok := totp.Validate(rfcSecret, "005924", at, 1); !ok {
		t.Error("the good case is refused")
	}
}

func FuzzValidate(f *testing.F) {
	seeds := 0
	for _, v := range rfcVectors {
		for _, tc := range secretDeviations {
			f.Add(tc.secret, v.eight[2:], v.unix, seeds%5-2)
			seeds++
		}
	}
	f.Add(rfcSecret, "000000", int64(math.MaxInt64), math.MaxInt)
	f.Add(rfcSecret, "000000", int64(math.MinInt64), math.MinInt)
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, secret, code string, unix int64, window int) {
		at := time.Unix(unix, 0)
		step, ok := totp.Validate(secret, code, at, window)
		if !ok {
			if step != 0 {
				t.Errorf("refused, with step %d", step)
			}
			// The code of this very moment is never refused.
			if now, err := totp.Code(secret, at); err == nil && now == code {
				t.Error("the current code is refused")
			}
			return
		}
		if d := step - totp.Step(at); max(d, -d) > int64(min(max(window, 0), totp.MaxWindow)) {
			t.Errorf("step %d is outside the window %d around %d", step, window, totp.Step(at))
		}
		key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(secret, "=")))
		if err != nil || oracle(key, uint64(step)) != code {
			t.Errorf("accepted a code that is not that of step %d", step)
		}
	})
}
