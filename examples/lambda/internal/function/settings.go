package function

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Settings reads the environment. What is wrong with it is collected, so that one
// failed start names all of it; the values of a Settings with an Err are of no
// use.
//
// Each setting must be there, because the template sets each: a name that is
// written in two ways is found when the function starts, and not when a default
// has let somebody in.
type Settings struct {
	faults []error
}

// Err tells what is wrong. It names variables and shows none.
func (s *Settings) Err() error { return errors.Join(s.faults...) }

func (s *Settings) refuse(name, reason string) {
	s.faults = append(s.faults, fmt.Errorf("the environment variable %s %s", name, reason))
}

// Optional is a variable that may be empty.
func (s *Settings) Optional(name string) string {
	value, ok := os.LookupEnv(name)
	if !ok {
		s.refuse(name, "is not set")
	}
	return value
}

// Text is a variable that is not empty.
func (s *Settings) Text(name string) string {
	value, ok := os.LookupEnv(name)
	switch {
	case !ok:
		s.refuse(name, "is not set")
	case value == "":
		s.refuse(name, "is empty")
	}
	return value
}

// Number is a whole number.
func (s *Settings) Number(name string) int {
	n, err := strconv.Atoi(s.Text(name))
	if err != nil {
		s.refuse(name, "is not a whole number")
	}
	return n
}

// Switch is "true" or "false".
func (s *Settings) Switch(name string) bool {
	return s.OneOf(name, "true", "false") == "true"
}

// OneOf is one of some texts.
func (s *Settings) OneOf(name string, values ...string) string {
	value := s.Text(name)
	for _, v := range values {
		if value == v {
			return v
		}
	}
	s.refuse(name, "is none of "+strings.Join(values, ", "))
	return ""
}

// List is a variable with commas between its parts; none if it is empty.
func (s *Settings) List(name string) []string {
	var parts []string
	for part := range strings.SplitSeq(s.Optional(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
