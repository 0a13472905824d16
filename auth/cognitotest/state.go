package cognitotest

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/journal"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// keptFirst is the key of the pool and client that [Config] has made.
const keptFirst = "first"

type firstRecord struct{ Pool, Client string }

// restore opens the state file and brings back what it holds. found tells whether
// that has the first pool.
func (p *Pool) restore(path string, settings directory.Settings) (found bool, err error) {
	j, values, err := journal.Open(path)
	if err != nil {
		return false, err
	}
	p.journal = j
	var first firstRecord
	if kept, ok := values[keptFirst]; ok {
		if err := json.Unmarshal(kept, &first); err != nil {
			return false, fmt.Errorf("%s: %w", keptFirst, err)
		}
	}
	if err := p.service.Restore(values, j, first.Pool, settings); err != nil {
		return false, err
	}
	if first.Pool == "" {
		return false, nil
	}
	// Whoever has deleted them is given new ones.
	pool, errPool := p.service.Directory.Pool(first.Pool)
	client, errClient := p.service.Directory.Client(first.Client)
	if errPool != nil || errClient != nil {
		return false, nil
	}
	p.pool, p.client = pool, client
	return true, nil
}

// keepFirst notes which pool and client are the first.
func (p *Pool) keepFirst() error {
	if p.journal == nil {
		return nil
	}
	p.journal.Put(keptFirst, firstRecord{p.pool.ID, p.client.ID})
	return p.journal.Sync()
}

// sync makes the changes so far safe, before anybody is told of them.
func (p *Pool) sync() error {
	if p.journal == nil {
		return nil
	}
	if err := p.journal.Sync(); err != nil {
		return wire.Internal(err)
	}
	return nil
}

// closeState closes the state file. A pool may be closed twice: by a test, and
// when the test ends.
func (p *Pool) closeState() (err error) {
	p.closing.Do(func() {
		if p.journal != nil {
			err = p.journal.Close()
		}
	})
	return err
}

var errExposed = errors.New("the Addr is not a loopback address: whoever reaches this pool is its administrator; set Exposed if that is meant")
