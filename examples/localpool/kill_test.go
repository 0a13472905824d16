//go:build unix

package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// loadFor is how long the load of TestKilled lasts, such as 10m; by default some
// seconds.
const loadFor = "COGNITOMFA_LOCALPOOL_LOAD"

// A siege is a load on one state over many lives of the program.
type siege struct {
	*testing.T
	state   string
	chance  *rand.Rand
	workers []*worker
	p       *process
	faults  map[fate]int
	kills   int
	full    int // lives that ended with a full disk
}

// What was acknowledged is there after the process was killed in the middle of it,
// again and again, over a network that loses requests and replies, and on disks
// that are full. What runs for long neither grows nor leaves anything running.
func TestKilled(t *testing.T) {
	t.Parallel()
	length := 3 * time.Second
	if text := os.Getenv(loadFor); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s := &siege{T: t, state: filepath.Join(t.TempDir(), "state"), chance: rand.New(rand.NewPCG(seed, 0)), faults: map[fate]int{}}
	s.p = launch(t, s.state)
	s.workers = makeWorld(t, s.p, seed, 4)
	s.shortLives(length / 3)
	s.longLife(length / 3)
	for s.shortLives(length / 3); s.missed(); { // however slow the machine is
		s.shortLives(length / 3)
	}
	s.report()
}

func (s *siege) shortLives(length time.Duration) {
	for end := time.Now().Add(length); time.Now().Before(end); {
		full := s.chance.IntN(4) == 0
		if full {
			s.full++
			s.p.limit(s.T, s.size()+s.chance.Int64N(100_000))
		}
		round, stop := context.WithTimeout(s.Context(), time.Duration(200+s.chance.IntN(800))*time.Millisecond)
		network := s.network()
		idle := s.work(round, newLife(round, network.url()), full)
		<-round.Done()
		stop()
		s.p.kill(s.T) // while the requests are under way
		idle.Wait()
		s.leave(network)
		s.restart()
	}
}

// longLife compares what is in use halfway and at the end of a load without kills.
//
// The users are as many all the time, so that what grows are the grants, which live
// as long as their refresh tokens, half a kilobyte each with their place in the maps, and the
// rings of the last 10,000 calls and messages until they are full.
func (s *siege) longLife(length time.Duration) {
	const perGrant, rings = 1024, 8 << 20
	before := s.p.vitals(s.T)
	var seen [2]vitals
	var grants [2]int
	for half := range seen {
		network := s.network()
		round, stop := context.WithTimeout(s.Context(), length/2)
		// Nobody leaves a request that the process is still at, since it goes on.
		idle := s.work(round, newLife(s.Context(), network.url()), false)
		<-round.Done()
		stop()
		idle.Wait()
		s.leave(network)
		seen[half], grants[half] = s.quiet(before.goroutines), s.grants()
	}
	s.Logf("at first, halfway, at the end: goroutines %d, %d, %d; heap %d, %d, %d KiB; %d sign-ins in the second half",
		before.goroutines, seen[0].goroutines, seen[1].goroutines, before.heap>>10, seen[0].heap>>10, seen[1].heap>>10, grants[1]-grants[0])
	if most := seen[0].heap + perGrant*(grants[1]-grants[0]) + rings; seen[1].heap > most {
		s.Errorf("the heap grows from %d to %d KiB, %d at most were to be expected", seen[0].heap>>10, seen[1].heap>>10, most>>10)
	}
	s.p.kill(s.T)
	s.restart()
}

// quiet waits until the goroutines of connections that are closed have ended. The
// program's connections to its own pool stay open for a while, three goroutines
// each: one for each worker at most, who looks for a message.
func (s *siege) quiet(before int) vitals {
	spare := 3 * len(s.workers)
	for limit := time.Now().Add(time.Minute); ; {
		v := s.p.vitals(s.T)
		if v.goroutines <= before+spare {
			return v
		}
		if time.Now().After(limit) {
			s.Errorf("%d goroutines, at first %d", v.goroutines, before)
			return v
		}
	}
}

// network is one that loses things, in front of the process as it is now.
func (s *siege) network() *proxy {
	return newProxy(s.T, strings.TrimPrefix(s.p.url, "http://"), rand.New(rand.NewPCG(s.chance.Uint64(), 0)))
}

func (s *siege) leave(network *proxy) {
	network.close()
	for f, n := range network.faults {
		s.faults[f] += n
	}
}

// work has everybody make changes until the end of a round.
func (s *siege) work(round context.Context, l *life, full bool) *sync.WaitGroup {
	l.full = full
	idle := new(sync.WaitGroup)
	for _, w := range s.workers {
		w.life = l
		idle.Go(func() {
			for round.Err() == nil {
				w.step()
			}
		})
	}
	return idle
}

// restart has the program come back, and demands what was acknowledged.
func (s *siege) restart() {
	s.kills++
	pool, client := s.p.pool, s.p.client
	s.p = launch(s.T, s.state)
	if s.p.pool != pool || s.p.client != client {
		s.Fatalf("pool %s, client %s after a restart", s.p.pool, s.p.client)
	}
	// What is left of users who were deleted is their grants.
	const perGrant, rest = 1024, 1 << 18
	if size := s.size(); size > int64(perGrant*s.grants()+rest) {
		s.Errorf("%d bytes of state after %d sign-ins", size, s.grants())
	}
	l := newLife(s.Context(), s.p.url)
	l.direct = true
	var checks sync.WaitGroup
	for _, w := range s.workers {
		w.life = l
		checks.Go(w.check)
	}
	checks.Wait()
	l.http.CloseIdleConnections()
	if s.Failed() {
		s.FailNow()
	}
}

func (s *siege) size() int64 {
	info, err := os.Stat(s.state)
	if err != nil {
		s.Fatal(err)
	}
	return info.Size()
}

func (s *siege) grants() (n int) {
	for _, w := range s.workers {
		n += w.grants
	}
	return n
}

// done is how many changes were acknowledged.
func (s *siege) done() (n int) {
	for _, w := range s.workers {
		n += w.done
	}
	return n
}

// missed tells whether something that it is about has not happened yet.
func (s *siege) missed() bool {
	return s.done() == 0 || s.faults[cutBefore] == 0 || s.faults[cutAfter] == 0 || s.faults[cutWithin] == 0
}

func (s *siege) report() {
	s.Logf("%d changes, %d kills, of which %d with a full disk, %d bytes of state; lost before %d, after %d, within %d, in pieces %d",
		s.done(), s.kills, s.full, s.size(), s.faults[cutBefore], s.faults[cutAfter], s.faults[cutWithin], s.faults[inPieces])
}
