package cognitotest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const stockDocs = "../../docs/pool-from-other-sdks.md"

// What the page shows is code that ran: each block is a part of a file that the
// stock tests run.
func TestStockDocsQuote(t *testing.T) {
	t.Parallel()
	page := readAll(t, stockDocs)
	sources := map[string]string{}
	for language, pattern := range map[string]string{"js": stockDir + "/*.mjs", "go": "stock*_test.go"} {
		files := must[[]string](t)(filepath.Glob(pattern))
		sources[language] = readAll(t, files...)
	}
	blocks := regexp.MustCompile("(?s)```(\\w+)\n(.*?)```\n").FindAllStringSubmatch(page, -1)
	count := map[string]int{}
	for _, b := range blocks {
		language, code := b[1], b[2]
		count[language]++
		if source, ok := sources[language]; ok && !strings.Contains(flat(source), flat(code)) {
			t.Errorf("no file has this %s block:\n%s", language, code)
		}
	}
	if count["js"] < 4 || count["go"] < 1 {
		t.Errorf("the page quotes %v: the blocks were not found", count)
	}
}

// The page's table is the one of the tests.
func TestStockDocsTable(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(readAll(t, stockDocs), "<!-- flows -->\n")
	table, _, ok := strings.Cut(rest, "<!-- /flows -->\n")
	if !ok {
		t.Fatal("the page has no table of flows")
	}
	var want strings.Builder
	want.WriteString("| flow | `amazon-cognito-identity-js` | `@aws-sdk` with `cognito-srp-helper` | `aws-amplify` | Go SDK with `cognito-srp` |\n|---|---|---|---|---|\n")
	for _, title := range slices.Sorted(maps.Keys(stockFlows)) {
		fmt.Fprintf(&want, "| %s |", title)
		for _, client := range []string{"identity", "sdk", "amplify", "go"} {
			only := stockFlows[title].only
			want.WriteString(map[bool]string{true: " yes |", false: " |"}[only == nil || slices.Contains(only, client)])
		}
		want.WriteString("\n")
	}
	if diff := gocmp.Diff(want.String(), table); diff != "" {
		t.Errorf("the table of the page (-want +got):\n%s", diff)
	}
}

func readAll(t *testing.T, files ...string) string {
	t.Helper()
	var all strings.Builder
	for _, f := range files {
		all.Write(must[[]byte](t)(os.ReadFile(f)))
	}
	return all.String()
}

// flat takes the indentation off.
func flat(code string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(code, "")
}
