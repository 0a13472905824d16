package trigger

import (
	"context"
	"sync"
	"time"
)

// Memory is a [Store] in this process: for tests, and for programs of which
// there is one. On Lambda, where every process would count for itself, it
// protects nobody.
type Memory struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[string]entry
	swept   time.Time
}

type entry struct {
	value string
	count int
	until time.Time
}

var _ Store = (*Memory)(nil)

// NewMemory makes an empty store. now is its clock; nil is [time.Now].
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{now: now, entries: map[string]entry{}}
}

// sweepEvery is how often entries that have lapsed are looked for, so that a
// process that lives for years does not keep them all.
const sweepEvery = time.Minute

// get returns the entry under key that has not lapsed. The caller holds the lock.
func (m *Memory) get(key string) (entry, bool) {
	now := m.now()
	if now.Sub(m.swept) >= sweepEvery {
		for k, e := range m.entries {
			if !e.until.After(now) {
				delete(m.entries, k)
			}
		}
		m.swept = now
	}
	e, ok := m.entries[key]
	return e, ok && e.until.After(now)
}

// Claim implements [Store].
func (m *Memory) Claim(ctx context.Context, key, value string, until time.Time) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	if e, ok := m.get(key); ok {
		return e.value, false, nil
	}
	m.entries[key] = entry{value: value, until: until}
	return value, true, nil
}

// Take implements [Store].
func (m *Memory) Take(ctx context.Context, key string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	e, ok := m.get(key)
	delete(m.entries, key)
	if !ok {
		return "", false, nil
	}
	return e.value, true, nil
}

// Add implements [Store].
func (m *Memory) Add(ctx context.Context, key string, n int, until time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	e, ok := m.get(key)
	if !ok {
		e = entry{until: until}
	}
	if n == 0 {
		return e.count, nil
	}
	e.count += n
	m.entries[key] = e
	return e.count, nil
}
