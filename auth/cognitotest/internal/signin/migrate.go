package signin

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// migrate asks UserMigration for a user whom the pool does not have.
func (a *attempt) migrate(name string) (directory.User, bool, error) {
	return a.Migrate(a.ctx, Migration{
		Client: a.Client, Source: trigger.MigrateSignIn, Name: name,
		Request: trigger.MigrationRequest{Password: a.Params["PASSWORD"], ValidationData: a.Metadata},
	})
}

// A Migration is about one user who may be in another directory.
type Migration struct {
	Client  *directory.Client
	Source  trigger.Source
	Name    string // as it was typed
	Request trigger.MigrationRequest
}

// Migrate makes the user that UserMigration tells of; there is none if it says
// nothing, which is then as if it had not been asked (developer guide, "Managing
// error responses"). The password is the one that was typed, whatever the pool's
// policy (the same guide, "Migrate user Lambda trigger"). An unusable answer is
// told as UserNotFoundException even where the client hides who exists: so it was
// seen (repost.aws, "Cognito PreventUserExistenceErrors setting with UserMigration
// Lambda in Go").
func (m *Machine) Migrate(ctx context.Context, g Migration) (directory.User, bool, error) {
	pool := g.Client.Pool
	if !pool.Settings.Triggers.Has(trigger.UserMigration) {
		return directory.User{}, false, nil
	}
	var r trigger.MigrationResponse
	o := directory.Occasion{Source: g.Source, ClientID: g.Client.ID}
	unusable := wire.Errorf(wire.UserNotFound.Code, "Exception migrating user in app client %s", g.Client.ID)
	err := pool.Trigger(ctx, o, directory.User{Username: g.Name}, g.Request, &r)
	if err == wire.LambdaOutput {
		err = unusable
	}
	if err != nil || len(r.Attributes) == 0 {
		return directory.User{}, false, err
	}
	user, err := m.migrated(g, r)
	if err == wire.LambdaOutput {
		err = unusable
	}
	if err != nil {
		return user, false, err
	}
	err = pool.Add(user, r.ForceAlias != nil && *r.ForceAlias)
	if refusal, ok := err.(*wire.Error); ok && refusal.Code == "AliasExistsException" {
		// An exception that the operations of a sign-in do not have.
		err = wire.InvalidParameter("%s", refusal.Message)
	}
	if err != nil {
		return user, false, err
	}
	return user, true, m.welcome(ctx, pool, user, r)
}

// migrated is the user of a response. What the pool could not have is refused.
func (m *Machine) migrated(g Migration, r trigger.MigrationResponse) (directory.User, error) {
	pool, now := g.Client.Pool, m.Now()
	attributes, name := maps.Clone(r.Attributes), g.Name
	if own := attributes["username"]; own != "" && isAlias(pool, attributes, name) {
		// The name that was typed is an alias of it (the guide, "Importing users
		// into user pools with a user migration Lambda trigger").
		name = own
	}
	delete(attributes, "username")
	user, err := pool.NewUser(name, attributes)
	if err != nil {
		return user, err
	}
	switch {
	case r.Status == nil, *r.Status == string(types.UserStatusTypeResetRequired):
		user.Status = types.UserStatusTypeResetRequired
	case *r.Status == string(types.UserStatusTypeConfirmed):
		user.Status = types.UserStatusTypeConfirmed
	default:
		return user, wire.LambdaOutput
	}
	if r.Message != nil && *r.Message != string(types.MessageActionTypeSuppress) {
		return user, wire.LambdaOutput
	}
	user.Verifier = factor.NoPassword()
	if g.Request.Password != "" {
		user.Verifier = factor.NewVerifier(pool.Name, user.Username, g.Request.Password)
	}
	user.Created, user.Modified = now, now
	if r.SMSMFA != nil && *r.SMSMFA {
		if err := MayEnable(pool, user, types.ChallengeNameTypeSmsMfa); err != nil {
			return user, err
		}
		user.Enable(types.ChallengeNameTypeSmsMfa, true, false)
	}
	return user, nil
}

// isAlias tells whether a name is one of the attributes that sign in besides the
// username.
func isAlias(p *directory.Pool, attributes map[string]string, name string) bool {
	return slices.ContainsFunc(p.Settings.AliasAttributes, func(a types.AliasAttributeType) bool {
		return attributes[string(a)] == name
	})
}

// welcome tells a migrated user, unless the function says not to.
func (m *Machine) welcome(ctx context.Context, p *directory.Pool, u directory.User, r trigger.MigrationResponse) error {
	if r.Message != nil {
		return nil // SUPPRESS is all that it can say
	}
	mediums := r.Mediums
	if len(mediums) == 0 {
		mediums = []string{string(types.DeliveryMediumTypeSms)}
	}
	var messages []factor.Message
	for _, medium := range mediums {
		messages = append(messages, factor.MessageTo(u.Attributes, types.DeliveryMediumType(medium))...)
	}
	for i := range messages {
		messages[i].Username, messages[i].Purpose = u.Username, factor.Welcome
	}
	composed, err := p.Compose(ctx, directory.Occasion{}, u, messages...)
	if err == nil {
		m.Send(composed...)
	}
	return err
}
