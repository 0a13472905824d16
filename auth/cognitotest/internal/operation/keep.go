package operation

import (
	"encoding/json"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/token"
)

// Restore fills a service without pools with what a keeper was told before, and
// has every change from now on told to it: pools, clients, groups, users with
// their factors and devices, refresh tokens, signing keys. Sessions and codes are
// not kept. own are the settings, of the pool of that id, that cannot be kept;
// other pools have those of Base.
func (s *Service) Restore(values map[string]json.RawMessage, k directory.Keeper, id string, own directory.Settings) error {
	s.Directory.Keep(k)
	s.machine.Grants.Keep(k)
	if err := token.RestoreKeys(values, k); err != nil {
		return err
	}
	err := s.Directory.Restore(values, func(pool string, kept *directory.Settings) (err error) {
		kept.Issuer, kept.Triggers = s.Base.Issuer, s.Base.Triggers
		if pool == id {
			kept.Issuer, kept.Triggers = own.Issuer, own.Triggers
		}
		kept.Triggers, err = kept.Triggers.Configure(kept.Kept.LambdaConfig, s.Functions)
		return err
	})
	if err != nil {
		return err
	}
	return s.machine.Grants.Restore(values)
}
