package main

import (
	"fmt"
	"strings"
)

// A mutant is a change to one file, and the tests that have to fail for it.
type mutant struct {
	name, file string
	old, new   string
	pkg, tests string
}

// parse reads mutants.txt. Its first paragraph is about itself, and a paragraph
// that begins with # is a heading.
func parse(text string) ([]mutant, error) {
	var mutants []mutant
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i == 0 || strings.HasPrefix(paragraph, "#") {
			continue
		}
		m, err := parseMutant(strings.Split(paragraph, "\n"))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", paragraph, err)
		}
		mutants = append(mutants, m)
	}
	return mutants, nil
}

func parseMutant(lines []string) (m mutant, err error) {
	if len(lines) < 5 {
		return m, fmt.Errorf("a mutant has five lines at least")
	}
	m.name, m.file = lines[0], lines[1]
	var old, new []string
	for _, line := range lines[2 : len(lines)-1] {
		switch sign, text, _ := strings.Cut(line, " "); sign {
		case "-":
			old = append(old, text)
		case "+":
			new = append(new, text)
		default:
			return m, fmt.Errorf("the line %q is neither old nor new", line)
		}
	}
	m.old, m.new = strings.TrimLeft(strings.Join(old, "\n"), "\t"), strings.TrimLeft(strings.Join(new, "\n"), "\t")
	var found bool
	m.pkg, m.tests, found = strings.Cut(lines[len(lines)-1], " ")
	if !found || m.old == "" || m.new == "" || m.old == m.new || !strings.HasPrefix(m.pkg, "./") {
		return m, fmt.Errorf("an old text, a new one, a package and its tests are needed")
	}
	return m, nil
}

// apply makes the change.
func (m mutant) apply(text string) (string, error) {
	if n := strings.Count(text, m.old); n != 1 {
		return "", fmt.Errorf("%s: the text is %d times in %s, and not once", m.name, n, m.file)
	}
	return strings.Replace(text, m.old, m.new, 1), nil
}
