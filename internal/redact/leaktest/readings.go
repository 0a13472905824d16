package leaktest

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strings"
)

var (
	escaped   = regexp.MustCompile(`(?:%|\\u00|\\x)([0-9a-fA-F]{2})`)
	base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{8,}`)
	hexRun    = regexp.MustCompile(`[0-9a-fA-F]{12,}`)
	quotes    = strings.NewReplacer(`\"`, `"`, `\\`, `\`)
	standard  = strings.NewReplacer("-", "+", "_", "/")
)

// readings returns a text and all that can be read out of it: the escapes of HTML,
// URLs, JSON and Go undone, base64 and hexadecimal decoded, and all that once more
// in what came out.
func readings(text string) []string {
	all := []string{text}
	for depth, from := 0, 0; depth < 3; depth++ {
		until := len(all)
		for _, one := range all[from:until] {
			all = append(append(all, unescaped(one)...), decoded(one)...)
		}
		from = until
	}
	return all
}

// unescaped returns the readings of a text that differ from it.
func unescaped(text string) []string {
	octets := func(text string) string {
		return escaped.ReplaceAllStringFunc(text, func(s string) string {
			b, _ := hex.DecodeString(s[len(s)-2:]) // the pattern has two digits
			return string(b)
		})
	}
	all := []string{html.UnescapeString(text), quotes.Replace(octets(text)), octets(strings.ReplaceAll(text, "+", " "))}
	return slices.DeleteFunc(all, func(one string) bool { return one == text })
}

// decoded returns what the runs of base64 and hexadecimal in a text stand for.
// Where a run begins is not known, if letters come before it.
func decoded(text string) (all []string) {
	for _, run := range base64Run.FindAllString(text, -1) {
		run = standard.Replace(run)
		for offset := range min(4, len(run)) {
			tail := run[offset:]
			if len(tail)%4 == 1 {
				tail = tail[:len(tail)-1]
			}
			if b, err := base64.RawStdEncoding.DecodeString(tail); err == nil {
				all = append(all, string(b))
			}
		}
	}
	for _, run := range hexRun.FindAllString(text, -1) {
		for offset := range 2 {
			tail := run[offset:]
			if b, err := hex.DecodeString(tail[:len(tail)/2*2]); err == nil {
				all = append(all, string(b))
			}
		}
	}
	return all
}
