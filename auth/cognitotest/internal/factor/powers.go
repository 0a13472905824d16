package factor

import (
	"crypto/sha256"
	"math/big"
	"sync"
)

// powers are those of the pools of this process.
var powers = newPowerCache(mostPowers)

// mostPowers bounds the cache: about 2 MiB.
const mostPowers = 4096

// A powerCache remembers g^x, which takes longer than the rest of a sign-in's first
// step, for the users who sign in by SRP. It is bounded: of a million users few
// sign in at once. Which one gives way is left to chance, so that nobody can keep
// others out by a pattern of sign-ins.
type powerCache struct {
	most int

	mu     sync.Mutex
	values map[[sha256.Size]byte]*big.Int
}

func newPowerCache(most int) *powerCache {
	return &powerCache{most: most, values: make(map[[sha256.Size]byte]*big.Int)}
}

// of returns g^x. The value is shared and must not be changed. Two callers may
// compute the same one, which is better than one waiting for the other's.
func (c *powerCache) of(x [sha256.Size]byte) *big.Int {
	c.mu.Lock()
	v := c.values[x]
	c.mu.Unlock()
	if v != nil {
		return v
	}
	v = new(big.Int).Exp(generator, new(big.Int).SetBytes(x[:]), prime)
	c.mu.Lock()
	defer c.mu.Unlock()
	for other := range c.values { // in random order
		if len(c.values) < c.most {
			break
		}
		delete(c.values, other)
	}
	c.values[x] = v
	return v
}
