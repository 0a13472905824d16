package auth

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const troubleshooting = "../docs/troubleshooting.md"

// The page's two tables are made of the Err values' comments, and of the rows by
// which exceptions are told apart.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(troubleshooting)
	if err != nil {
		t.Fatal(err)
	}
	names, advice := errValues(t)
	want := string(page)
	for section, table := range map[string]string{"values": valueTable(names, advice), "texts": textTable(names)} {
		before, rest, ok := strings.Cut(want, "<!-- "+section+" -->\n")
		_, after, ok2 := strings.Cut(rest, "<!-- /"+section+" -->")
		if !ok || !ok2 {
			t.Fatalf("%s has no section %s", troubleshooting, section)
		}
		want = before + "<!-- " + section + " -->\n" + table + "<!-- /" + section + " -->" + after
	}
	if want == string(page) {
		return
	}
	if f := flag.Lookup("update"); f == nil || f.Value.String() != "true" {
		t.Fatalf("%s is not up to date: go test ./auth -run TestTroubleshooting -update", troubleshooting)
	}
	if err := os.WriteFile(troubleshooting, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// errValues reads the names of the Err values and what their comments say.
func errValues(t *testing.T) (names map[error]string, advice map[error]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	names, advice = map[error]string{}, map[error]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(v.Names[0].Name, "Err") {
			return true
		}
		text, err := strconv.Unquote(v.Values[0].(*ast.CallExpr).Args[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		for _, reason := range reasons {
			if reason.Error() == text {
				names[reason] = v.Names[0].Name
				_, says, _ := strings.Cut(strings.Join(strings.Fields(v.Doc.Text()), " "), ": ")
				advice[reason] = links.ReplaceAllString(says, "`$1`")
			}
		}
		return true
	})
	if len(names) != len(reasons) {
		t.Fatalf("%d of %d Err values were found", len(names), len(reasons))
	}
	return names, advice
}

// links are the doc links of a comment.
var links = regexp.MustCompile(`\[([A-Z][A-Za-z.]*)\]`)

func valueTable(names, advice map[error]string) string {
	var b strings.Builder
	b.WriteString("| error | what it means, and what to do |\n|---|---|\n")
	for _, reason := range reasons {
		fmt.Fprintf(&b, "| `%s` | %s |\n", names[reason], advice[reason])
	}
	return b.String()
}

func textTable(names map[error]string) string {
	var b strings.Builder
	b.WriteString("| exception | text | while | error | in other words |\n|---|---|---|---|---|\n")
	for i, r := range rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` | %s |\n", r.code, wording(i), stages(r.at), names[r.reason], r.says)
	}
	return b.String()
}

// wording is the text of a row: as it was seen, if it was, or the part that
// counts, or "any".
func wording(i int) string {
	var texts []string
	for _, s := range seen {
		invented := s.message == "x" || strings.Contains(s.message, "tomorrow")
		text := "`" + strings.ReplaceAll(s.message, "|", "\\|") + "`"
		if !invented && !slices.Contains(texts, text) && slices.IndexFunc(rows, func(r row) bool { return r.fits(s.code, s.message, s.at) }) == i {
			texts = append(texts, text)
		}
	}
	switch text := rows[i].text; {
	case text == "" && len(texts) > 0:
		return "any, such as " + strings.Join(texts, ", ")
	case text == "":
		return "any"
	case len(texts) > 0:
		return strings.Join(texts, ", ")
	default:
		return "… `" + text + "` …"
	}
}

// stages are the parts of a flow, for people.
func stages(at stage) string {
	if at == stageAny {
		return "at any time"
	}
	var parts []string
	for _, s := range []struct {
		at   stage
		name string
	}{
		{stagePassword, "the first step"}, {stageLater, "a later step"}, {stageChallenge, "a later step"},
		{stageNewPassword, "a new password"}, {stageSetUp, "the set-up of a factor"}, {stageInput, "an address or a credential"},
		{stageDevice, "a device's proof"}, {stageAccount, "sign-up and recovery"}, {stageToken, "tokens and devices"}, {stageSelf, "the user's own account"},
	} {
		if at&s.at == s.at {
			parts = append(parts, s.name)
			at &^= s.at
		}
	}
	return strings.Join(parts, ", ")
}
