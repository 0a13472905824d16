package doctest

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode"
)

var (
	link    = regexp.MustCompile(`(?:\]\(|<img src=")([^)"\s]+)[)"]`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	codes   = regexp.MustCompile("(?ms)^ *```.*?^ *```$|`[^`\n]*`")
)

// links returns the faults of a page's links to other files of the module, and
// to headings of pages.
func (p page) links(module fs.FS) []string {
	var faults []string
	for _, m := range link.FindAllStringSubmatch(codes.ReplaceAllString(p.text, ""), -1) {
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
			continue
		}
		name, anchor, _ := strings.Cut(m[1], "#")
		target := p.path
		if name != "" {
			target = path.Join(path.Dir(p.path), name)
		}
		if _, err := fs.Stat(module, target); err != nil {
			faults = append(faults, fmt.Sprintf("%s: the link %s leads nowhere", p.path, m[1]))
			continue
		}
		if anchor == "" {
			continue
		}
		text, err := fs.ReadFile(module, target)
		if err != nil || !anchors(string(text))[anchor] {
			faults = append(faults, fmt.Sprintf("%s: %s has no heading %s", p.path, target, anchor))
		}
	}
	return faults
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		names[strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			case r == ' ':
				return '-'
			}
			return -1
		}, m[1])] = true
	}
	return names
}
