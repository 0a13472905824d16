package challenge_test

import "testing"

// BenchmarkParse makes each type of challenge of what a reply of Cognito says,
// with a session as long as Cognito's.
func BenchmarkParse(b *testing.B) {
	for _, kind := range kinds {
		b.Run(kind, func(b *testing.B) {
			step := sealedStep(kind)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(step); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
