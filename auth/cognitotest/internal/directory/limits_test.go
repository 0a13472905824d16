package directory

import (
	"errors"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// There are as many pools, and clients of a pool, as AWS allows, and no more.
func TestQuotas(t *testing.T) {
	t.Parallel()
	var d Directory
	var p *Pool
	limited := func(err error) bool {
		var refusal *wire.Error
		return errors.As(err, &refusal) && refusal.Code == "LimitExceededException"
	}
	for range mostPools {
		var err error
		if p, err = d.AddPool(Settings{Region: "us-east-1"}, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.AddPool(Settings{Region: "us-east-1"}, time.Time{}); !limited(err) {
		t.Errorf("one pool more: %v", err)
	}
	for range mostClients {
		if _, err := d.AddClient(p, ClientSettings{}, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.AddClient(p, ClientSettings{}, time.Time{}); !limited(err) {
		t.Errorf("one client more: %v", err)
	}
	if n := len(d.Clients(p)); n != mostClients {
		t.Errorf("%d clients", n)
	}
	if err := d.DeletePool(p.ID); err != nil {
		t.Fatal(err)
	}
	if len(d.clients) != 0 {
		t.Errorf("%d clients of a pool that is gone", len(d.clients))
	}
}
