package dudect

import "math/rand/v2"

// A Guess is a text that is compared with a secret one of the same length.
type Guess struct {
	text   [48]byte
	length int
}

// Guesses is the subject of a comparison: guesses that are wrong in the last byte
// alone against random ones, of bytes as draw draws them. The right one is in
// neither class, since that it is right is no secret. It has at most 48 bytes.
func Guesses(right []byte, draw func() byte, check func(guess []byte)) Subject[Guess] {
	g := Guess{length: len(right)}
	near := g
	copy(near.text[:], right)
	for last := len(right) - 1; near.text[last] == right[last]; {
		near.text[last] = draw()
	}
	return Subject[Guess]{
		Fixed: near,
		Random: func() Guess {
			for {
				for i := range g.length {
					g.text[i] = draw()
				}
				if string(g.text[:g.length]) != string(right) {
					return g
				}
			}
		},
		Run: func(g *Guess) { check(g.text[:g.length]) },
	}
}

// EarlyExit is a control of guesses: the comparison with the secret, and nothing
// else, by [Equal]. It takes some nanoseconds, hence the repetition.
func EarlyExit(right []byte, draw func() byte) Subject[Guess] {
	s := Guesses(right, draw, func(guess []byte) {
		if Equal(guess, right) {
			panic("dudect: the guess is right")
		}
	})
	s.Repeat = 50
	return s
}

// Byte and Digit draw what guesses are made of.
func Byte() byte  { return byte(rand.Uint32()) }
func Digit() byte { return '0' + byte(rand.IntN(10)) }

// Equal is how not to compare: it returns at the first difference. It is for
// controls.
func Equal(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
