//go:build unix

package measure

import "testing"

func TestCPU(t *testing.T) {
	t.Parallel()
	before := CPU()
	for i, sum := 0, 0; CPU() <= before; i++ { // which takes some
		if sum += i; sum < 0 {
			sum = 0
		}
	}
}
