package archtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A rule says what the packages of one directory may import.
type rule struct {
	pkg string // a directory of the module; with "/..." everything below it too
	// may lists what the packages may import besides the standard library and
	// each other. "./x" is a directory of this module; "/..." as above.
	may []string
	not []string // parts of the standard library they may not import either
	// tests, if not nil, binds the test files as well, which may then import
	// this in addition. Test files of other packages are free.
	tests []string
	why   string
}

// The modules that several rules name.
const (
	awsCore   = "github.com/aws/aws-sdk-go-v2/aws/..."
	awsConfig = "github.com/aws/aws-sdk-go-v2/config"
	awsCreds  = "github.com/aws/aws-sdk-go-v2/credentials/..."
	awsIDP    = "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/..."
	awsSES    = "github.com/aws/aws-sdk-go-v2/service/sesv2/..."
	awsDynamo = "github.com/aws/aws-sdk-go-v2/service/dynamodb/..."
	awsSecret = "github.com/aws/aws-sdk-go-v2/service/secretsmanager/..."
	awsCache  = "github.com/aws/aws-secretsmanager-caching-go/v2/..."
	smithy    = "github.com/aws/smithy-go/..."
	oidc      = "github.com/coreos/go-oidc/v3/..."
	oauth2    = "golang.org/x/oauth2/..."
	jose      = "github.com/go-jose/go-jose/v4/..."
)

// network is what a pure package keeps away from.
var network = []string{"net", "net/http", "net/http/...", "os", "os/..."}

// rules has one row for each package of the module. A new package needs a new
// row, and so a reason.
var rules = []rule{{
	pkg: ".",
	why: "the root package is the overview; code in it would be imported by everybody",
}, {
	pkg: "auth",
	may: []string{"./challenge", "./srp", "./totp", "./internal/wire", "./internal/redact", awsCore, awsIDP, smithy, oidc, oauth2},
	why: "the engine joins the parts to the SDK; methods of custom challenges and the test pool are not its business",
}, {
	pkg:   "auth/cognitotest/...",
	may:   []string{"./totp", awsCore, awsCreds, awsIDP, smithy, "github.com/go-webauthn/webauthn/...", jose},
	tests: []string{"./internal/redact/redacttest", "github.com/alexrudd/cognito-srp/v4", "github.com/pquerna/otp/...", "github.com/google/go-cmp/...", "github.com/aws/aws-lambda-go/...", oidc},
	why:   "a pool that shared auth, srp or challenge with the library would share its bugs, and the tests would agree with both",
}, {
	pkg: "auth/cognitotest/internal/bench",
	may: []string{"./auth/cognitotest", "./srp", "./totp", awsIDP},
	why: "it is a client of the pool, and a fast one, so that the pool is what it measures; nothing imports it",
}, {
	pkg: "challenge",
	may: []string{"./totp", "./internal/wire", "./internal/redact"},
	not: append([]string{"context"}, network...),
	why: "challenges are values to keep, seal and show; nothing in them may wait or call",
}, {
	pkg: "challenge/trigger",
	may: []string{"./internal/redact"},
	not: network,
	why: "the Lambda side works on raw JSON, so that it starts fast and returns the event byte for byte",
}, {
	pkg: "challenge/trigger/internal/storetest",
	may: []string{"./challenge/trigger"},
	not: network,
	why: "the suite that all stores pass; it is for tests",
}, {
	pkg: "challenge/trigger/dynamo",
	may: []string{"./challenge/trigger", "./internal/redact", awsCore, awsDynamo, smithy},
	why: "only who keeps marks in DynamoDB links its client",
}, {
	pkg: "challenge/emailotp",
	may: []string{"./challenge", "./challenge/trigger", "./internal/redact"},
	not: network,
	why: "the method makes and checks codes; sending is behind its Sender interface",
}, {
	pkg: "challenge/emailotp/ses",
	may: []string{"./challenge/emailotp", "./internal/redact", awsCore, awsSES, smithy},
	why: "only who sends by Amazon SES links its client",
}, {
	pkg: "challenge/redirect",
	may: []string{"./challenge"},
	why: "the client's half of what sends users to another site; it serves every such method and knows none",
}, {
	pkg: "challenge/internal/round",
	may: []string{"./challenge/trigger", "./challenge/redirect"},
	not: network,
	why: "the Lambda's half of the same: what is compared, and redeemed once",
}, {
	pkg: "challenge/internal/methodtest",
	may: []string{"./auth", "./auth/cognitotest", "./challenge", "./challenge/trigger", "./challenge/redirect", "./internal/wire", "./internal/idptest"},
	why: "for the tests of methods: whole sign-ins, with the client on one side and the pool on the other",
}, {
	pkg: "challenge/duo",
	may: []string{"./challenge/trigger", "./challenge/internal/round", "./internal/redact", jose},
	why: "Universal Prompt is HTTP and signed tokens; no AWS client",
}, {
	pkg: "challenge/duo/websdk2",
	may: []string{"./challenge", "./challenge/trigger", "./challenge/internal/round", "./internal/redact"},
	not: network,
	why: "the signed request is a codec: strings and keys in, strings out",
}, {
	pkg: "challenge/duo/secrets",
	may: []string{"./challenge/duo", "./challenge/duo/websdk2", "./internal/redact", awsCore, awsSecret, awsCache, smithy},
	why: "only who keeps Duo's keys in Secrets Manager links its client",
}, {
	pkg: "challenge/stepup",
	may: []string{"./challenge/trigger", "./challenge/internal/round", "./internal/redact", oidc, oauth2},
	why: "OIDC step-up needs an OIDC client and no AWS client",
}, {
	pkg: "challenge/stepup/blockid",
	may: []string{"./challenge", "./challenge/trigger", "./challenge/redirect", "./challenge/stepup", "./internal/redact", oauth2},
	why: "a preset of stepup",
}, {
	pkg: "srp/...",
	may: []string{"./internal/redact"},
	not: append([]string{"context"}, network...),
	why: "bytes and strings in and out, so that it serves any program and compiles to any platform",
}, {
	pkg: "srp/internal/oracle",
	not: append([]string{"context"}, network...),
	why: "an oracle that shared code with what it judges would share its bugs",
}, {
	pkg: "srp/internal/vectors/...",
	may: []string{"./srp/internal/oracle"},
	why: "vectors that srp had helped to compute could not find it wrong",
}, {
	pkg: "srp/internal/modp/gen",
	why: "the program that writes the tables: standard library only, so that anybody can check them",
}, {
	pkg: "totp",
	may: []string{"./internal/redact", "github.com/pquerna/otp/...", "github.com/boombuler/barcode/..."},
	not: append([]string{"context"}, network...),
	why: "secrets and codes; no network and no state",
}, {
	pkg: "internal/wire",
	may: []string{"./internal/redact"},
	not: network,
	why: "the door between challenge and auth must not depend on either",
}, {
	pkg: "internal/redact/...",
	why: "everything that holds a secret imports it",
}, {
	pkg: "internal/measure/...",
	why: "it counts what tests spend, and knows nothing of what they test",
}, {
	pkg: "internal/mutants",
	why: "it changes the module's sources and imports none of them",
}, {
	pkg: "internal/idptest",
	may: []string{jose},
	why: "a simulated identity provider that shared code with its clients would share their mistakes",
}, {
	pkg: "internal/witness",
	why: "for tests; it starts programs that share no code with this module",
}, {
	pkg: "internal/apicheck",
	why: "tests only; it reads what other modules see of the packages",
}, {
	pkg: "internal/doctest",
	why: "tests only; it reads the documentation, and is the programs that the documentation shows",
}, {
	pkg: "internal/archtest",
	why: "tests only; it reads the packages and imports none",
}, {
	pkg: "examples/...",
	may: []string{
		"./auth", "./auth/cognitotest", "./challenge/...", "./srp", "./totp", "./internal/idptest",
		awsCore, awsConfig, awsCreds, awsIDP, awsSES, awsDynamo, awsSecret, awsCache, smithy, oidc, oauth2,
		"github.com/aws/aws-lambda-go/...", "golang.org/x/term", "github.com/go-webauthn/webauthn/...",
	},
	why: "examples show what a user of the module can write, so they have no door that users lack, except to the simulated Duo and BlockID that stand in for services without a sandbox",
}}

// nobody lists what no package uses outside its tests, with exceptions by
// directory.
var nobody = []struct {
	imports string
	except  []string
	why     string
}{
	{"unsafe", nil, "the module promises memory safety in pure Go"},
	{"C", nil, "the module builds without a C compiler"},
	{"testing", []string{"internal/redact/redacttest", "challenge/internal/methodtest", "challenge/trigger/internal/storetest", "internal/witness"}, "a program that embeds the test pool must not get go test's flags"},
	{"./internal/redact/redacttest", nil, "it is for tests, and imports testing"},
	{"./internal/redact/leaktest", nil, "it is for tests: it takes everything for a secret and writes nothing down"},
	{"./internal/measure/dudect", nil, "it is for tests"},
	{"./internal/witness", nil, "it is for tests, and imports testing"},
	{"./challenge/trigger/internal/storetest", nil, "it is for tests, and imports testing"},
	{"./srp/internal/oracle", []string{"srp/internal/vectors/gen"}, "it is slow, checks nothing and is not constant time"},
}

// matches reports whether name is pattern or, if that ends in "/...", below it.
func matches(pattern, name string) bool {
	dir, all := strings.CutSuffix(pattern, "/...")
	return name == dir || all && strings.HasPrefix(name, dir+"/")
}

func anyMatches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

// find returns the rule of a package: the most exact of those that match, so
// that a directory can have a rule of its own below a "/...". It fails if there
// is none, or two equally exact ones.
func find(rules []rule, pkg string) (rule, error) {
	var best rule
	found, tied := -1, false
	for _, r := range rules {
		if !matches(r.pkg, pkg) {
			continue
		}
		exact := len(strings.TrimSuffix(r.pkg, "/..."))*2 + 1
		if strings.HasSuffix(r.pkg, "/...") {
			exact--
		}
		tied = exact == found || tied && exact < found
		if exact > found {
			best, found, tied = r, exact, false
		}
	}
	switch {
	case found < 0:
		return rule{}, fmt.Errorf("package %s has no import rule: add a row, with its reason, to internal/archtest/imports_test.go", pkg)
	case tied:
		return rule{}, fmt.Errorf("package %s has two import rules: internal/archtest/imports_test.go must have one", pkg)
	}
	return best, nil
}

// imports checks the files against the rules.
func imports(files []file, rules []rule) []string {
	var faults []string
	checked := map[string]bool{}
	for _, f := range files {
		r, err := find(rules, f.pkg())
		if err != nil {
			if !checked[f.pkg()] {
				faults = append(faults, err.Error())
			}
			checked[f.pkg()] = true
			continue
		}
		for _, spec := range f.syntax.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				faults = append(faults, fmt.Sprintf("%s: %v", f.at(spec), err))
				continue
			}
			if why := refused(f, r, name); why != "" {
				faults = append(faults, fmt.Sprintf("%s: %s may not import %s: %s", f.at(spec), f.pkg(), name, why))
			}
		}
	}
	return faults
}

// refused returns the reason why a file under rule r may not import name, or "".
func refused(f file, r rule, name string) string {
	if f.test() && r.tests == nil {
		return ""
	}
	if rel, ok := strings.CutPrefix(name, modulePath); ok {
		name = "." + rel
	}
	for _, n := range nobody {
		if n.imports == name && !f.test() && !slices.Contains(n.except, f.pkg()) {
			return n.why
		}
	}
	first, _, _ := strings.Cut(name, "/")
	var ok bool
	switch {
	case first == ".": // this module: its own directory, the rooms of its house, and what the rule lists
		ok = name == "./"+f.pkg() || matches("./"+r.pkg, name) || anyMatches(r.may, name)
	case strings.Contains(first, "."): // another module
		ok = anyMatches(r.may, name)
	default: // the standard library
		ok = f.test() || !anyMatches(r.not, name)
	}
	if ok || f.test() && anyMatches(r.tests, name) {
		return ""
	}
	return r.why
}

func TestImports(t *testing.T) {
	t.Parallel()
	report(t, imports(module(t), rules))
}

func TestRulesHaveReasons(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		if r.pkg == "" || r.why == "" {
			t.Errorf("rule %q has no reason", r.pkg)
		}
	}
	for _, n := range nobody {
		if n.why == "" {
			t.Errorf("%s is refused for no reason", n.imports)
		}
	}
}

func TestImportsCatches(t *testing.T) {
	t.Parallel()
	const m = modulePath
	for _, tc := range []struct{ name, path, imports, fault string }{
		{"the pool imports the engine", "auth/cognitotest/a.go", m + "/auth", "share its bugs"},
		{"a room of the pool imports srp", "auth/cognitotest/internal/factor/a.go", m + "/srp", "share its bugs"},
		{"a test of the pool imports auth", "auth/cognitotest/a_test.go", m + "/auth", "share its bugs"},
		{"a test of the pool imports an oracle", "auth/cognitotest/a_test.go", "github.com/alexrudd/cognito-srp/v4", ""},
		{"the pool imports the oracle", "auth/cognitotest/a.go", "github.com/alexrudd/cognito-srp/v4", "share its bugs"},
		{"the pool imports its room", "auth/cognitotest/a.go", m + "/auth/cognitotest/internal/wire", ""},
		{"the pool imports testing", "auth/cognitotest/a.go", "testing", "flags"},
		{"the engine imports the pool", "auth/a.go", m + "/auth/cognitotest", "not its business"},
		{"a test of the engine imports the pool", "auth/a_test.go", m + "/auth/cognitotest", ""},
		{"the engine imports challenge", "auth/a.go", m + "/challenge", ""},
		{"the engine imports a method", "auth/a.go", m + "/challenge/duo", "not its business"},
		{"a challenge imports the SDK", "challenge/a.go", "github.com/aws/aws-sdk-go-v2/aws", "values to keep"},
		{"a challenge imports auth", "challenge/a.go", m + "/auth", "values to keep"},
		{"a challenge has a context", "challenge/a.go", "context", "values to keep"},
		{"a challenge calls", "challenge/a.go", "net/http", "values to keep"},
		{"a challenge parses a URL", "challenge/a.go", "net/url", ""},
		{"the trigger imports an SDK", "challenge/trigger/a.go", "github.com/aws/aws-lambda-go/events", "byte for byte"},
		{"email imports SES", "challenge/emailotp/a.go", "github.com/aws/aws-sdk-go-v2/service/sesv2", "Sender"},
		{"ses imports SES", "challenge/emailotp/ses/a.go", "github.com/aws/aws-sdk-go-v2/service/sesv2/types", ""},
		{"ses imports DynamoDB", "challenge/emailotp/ses/a.go", "github.com/aws/aws-sdk-go-v2/service/dynamodb", "links its client"},
		{"srp imports the oracle", "srp/a.go", "github.com/alexrudd/cognito-srp/v4", "any program"},
		{"srp imports unsafe", "srp/a.go", "unsafe", "memory safety"},
		{"arithmetic imports C", "srp/internal/modp/a.go", "C", "C compiler"},
		{"the generator imports the package", "srp/internal/modp/gen/main.go", m + "/srp/internal/modp", "anybody can check"},
		{"srp imports the oracle of its tests", "srp/a.go", m + "/srp/internal/oracle", "slow"},
		{"a test of srp imports it", "srp/a_test.go", m + "/srp/internal/oracle", ""},
		{"the vectors import it", "srp/internal/vectors/gen/main.go", m + "/srp/internal/oracle", ""},
		{"the vectors import srp", "srp/internal/vectors/gen/main.go", m + "/srp", "could not find it wrong"},
		{"the oracle imports the arithmetic", "srp/internal/oracle/a.go", m + "/srp/internal/modp", "share its bugs"},
		{"a package imports a test helper", "auth/a.go", m + "/internal/redact/redacttest", "imports testing"},
		{"a test of the pool uses the network", "auth/cognitotest/a_test.go", "net/http", ""},
		{"srp imports its arithmetic", "srp/a.go", m + "/srp/internal/modp", ""},
		{"totp imports challenge", "totp/a.go", m + "/challenge", "no network"},
		{"wire imports challenge", "internal/wire/a.go", m + "/challenge", "door"},
		{"redact imports another module", "internal/redact/a.go", "golang.org/x/text", "everything"},
		{"an example uses the inside", "examples/quickstart/main.go", m + "/internal/redact", "no door"},
		{"an example uses its own inside", "examples/lambda/duo/main.go", m + "/examples/internal/x", ""},
		{"the overview has imports", "doc.go", m + "/auth", "overview"},
		{"a package nobody listed", "challenge/sms/a.go", "fmt", "no import rule"},
		{"a top-level package nobody listed", "util/a.go", "fmt", "no import rule"},
		{"a test of a package nobody listed", "util/a_test.go", "fmt", "no import rule"},
	} {
		files, err := load(sources(tc.path, "package p\nimport _ "+strconv.Quote(tc.imports)+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(tc.name, func(t *testing.T) {
			if tc.fault == "" {
				expect(t, imports(files, rules))
			} else {
				expect(t, imports(files, rules), tc.fault)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	table := []rule{
		{pkg: "a/...", why: "wide"}, {pkg: "a/b", why: "exact"}, {pkg: "a", why: "only a"},
		{pkg: "c", why: "1"}, {pkg: "c", why: "2"}, {pkg: "d/...", why: "1"}, {pkg: "d/...", why: "2"},
	}
	for pkg, want := range map[string]string{
		"a": "only a", "a/b": "exact", "a/b/c": "wide", "ab": "no import rule", "c": "two import rules", "d/e": "two import rules",
	} {
		r, err := find(table, pkg)
		if got := fmt.Sprint(r.why, err); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", pkg, got, want)
		}
	}
}
