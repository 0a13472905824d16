//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/srp"
)

const usersPerWorker = 10

// A worker has users and app clients of its own, so that what it was told last is
// what there must be.
type worker struct {
	t      *testing.T
	random *rand.Rand
	pool   *string
	life   *life // of the process that it talks to now

	users           []*user
	plain, rotating *string // app clients
	hours           belief[int32]
	length          *belief[int32] // of passwords in the pool; nil: another's

	done   int // changes that were acknowledged
	grants int // sign-ins and rotations, perhaps
}

// A life is a process from its start until it is killed, and the way to it.
type life struct {
	ctx    context.Context
	sdk    *cip.Client
	http   *http.Client
	url    string
	direct bool // without a network that loses anything
	full   bool // the disk may be
}

func newLife(ctx context.Context, url string) *life {
	l := &life{ctx: ctx, url: url, http: &http.Client{Transport: new(http.Transport)}}
	l.sdk = cip.New(cip.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient: plainBodies{l.http},
		Retryer:    retry.AddWithMaxAttempts(retry.NewStandard(), 1), // what was acknowledged is what one request was told
	})
	return l
}

// plainBodies hides WriteTo from net/http. The SDK closes the body of a request as
// soon as there is a response, and WriteTo then gives io.EOF as an error, should
// net/http be looking for more to send at that moment: the reply is lost, which a
// network that loses nothing has no excuse for.
type plainBodies struct{ *http.Client }

// Do sends a request.
func (c plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.Client.Do(r)
}

// A user is what is believed of one. Who was deleted has a successor of another
// name, so that there are always as many.
type user struct {
	stem       string
	generation int

	status         belief[string] // types.UserStatusType; empty: there is none
	password       belief[string]
	nickname       belief[string]
	staff, mfa     belief[bool]
	authenticator  belief[string] // its secret
	steps          belief[int64]  // the last one that was used
	device         belief[string] // types.DeviceRememberedStatusType; empty: there is none
	machine        machine
	signIns, ended []*signedIn
}

// A machine is the client's half of a device.
type machine struct {
	group, key string
	secret     srp.DeviceSecret
}

func (u *user) name() string { return fmt.Sprintf("%s-%d", u.stem, u.generation) }

func (u *user) sure() bool {
	for _, s := range u.signIns {
		if !s.alive.sure() {
			return false
		}
	}
	return u.status.sure() && u.password.sure() && u.nickname.sure() && u.staff.sure() && u.mfa.sure() &&
		u.authenticator.sure() && u.device.sure()
}

const (
	unconfirmed = string(types.UserStatusTypeUnconfirmed)
	temporary   = string(types.UserStatusTypeForceChangePassword)
	confirmed   = string(types.UserStatusTypeConfirmed)
	remembered  = string(types.DeviceRememberedStatusTypeRemembered)
	forgettable = string(types.DeviceRememberedStatusTypeNotRemembered)
)

// step makes a change, or finds out what became of the last ones.
func (w *worker) step() {
	if w.random.IntN(25) == 0 {
		w.configure()
	}
	u := w.users[w.random.IntN(len(w.users))]
	if !u.sure() {
		w.settle(u)
		return
	}
	switch u.status.known {
	case "":
		w.create(u)
	case unconfirmed:
		w.confirm(u)
	case temporary:
		w.setPassword(u)
	default:
		w.live(u)
	}
}

// live is what happens to users who are there.
func (w *worker) live(u *user) {
	pool, name := w.pool, aws.String(u.name())
	switch lot := w.random.IntN(100); {
	case lot < 8:
		w.setPassword(u)
	case lot < 18:
		in := !u.staff.known
		w.change(func() (err error) {
			if in {
				_, err = w.life.sdk.AdminAddUserToGroup(w.life.ctx, &cip.AdminAddUserToGroupInput{UserPoolId: pool, Username: name, GroupName: staff})
			} else {
				_, err = w.life.sdk.AdminRemoveUserFromGroup(w.life.ctx, &cip.AdminRemoveUserFromGroupInput{UserPoolId: pool, Username: name, GroupName: staff})
			}
			return err
		}, set(&u.staff, in))
	case lot < 28:
		w.rename(u)
	case lot < 50:
		w.signIn(u)
	case lot < 62:
		w.refresh(u)
	case lot < 67:
		w.revoke(u)
	case lot < 71:
		w.signOut(u)
	case lot < 81:
		w.changeMFA(u)
	case lot < 97:
		w.changeDevice(u)
	default:
		w.change(func() error {
			_, err := w.life.sdk.AdminDeleteUser(w.life.ctx, &cip.AdminDeleteUserInput{UserPoolId: pool, Username: name})
			return err
		}, set(&u.status, ""))
		if u.status.sure() {
			u.succeed()
		}
	}
}

// succeed makes the belief that of a user who is not there, under another name.
func (u *user) succeed() { *u = user{stem: u.stem, generation: u.generation + 1} }

func (w *worker) create(u *user) {
	name := aws.String(u.name())
	if w.random.IntN(2) == 0 {
		w.change(func() error {
			_, err := w.life.sdk.AdminCreateUser(w.life.ctx, &cip.AdminCreateUserInput{UserPoolId: w.pool, Username: name, MessageAction: types.MessageActionTypeSuppress})
			return err
		}, set(&u.status, temporary))
		return
	}
	password := w.newPassword()
	w.change(func() error {
		_, err := w.life.sdk.SignUp(w.life.ctx, &cip.SignUpInput{ClientId: w.plain, Username: name, Password: &password, UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: aws.String(u.name() + "@example.com")},
		}})
		return err
	}, set(&u.status, unconfirmed), set(&u.password, password))
}

func (w *worker) setPassword(u *user) {
	password := w.newPassword()
	w.change(func() error {
		_, err := w.life.sdk.AdminSetUserPassword(w.life.ctx, &cip.AdminSetUserPasswordInput{UserPoolId: w.pool, Username: aws.String(u.name()), Password: &password, Permanent: true})
		return err
	}, set(&u.status, confirmed), set(&u.password, password))
}

func (w *worker) newPassword() string { return fmt.Sprintf("Correct-Horse-%d", w.random.Int64()) }

// rename changes an attribute, by the user's own right or an administrator's.
func (w *worker) rename(u *user) {
	nickname := fmt.Sprint("nick", w.random.IntN(1000))
	attributes := []types.AttributeType{{Name: aws.String("nickname"), Value: &nickname}}
	w.change(func() (err error) {
		if s := w.anyOf(u); s != nil {
			_, err = w.life.sdk.UpdateUserAttributes(w.life.ctx, &cip.UpdateUserAttributesInput{AccessToken: &s.access, UserAttributes: attributes})
		} else {
			_, err = w.life.sdk.AdminUpdateUserAttributes(w.life.ctx, &cip.AdminUpdateUserAttributesInput{UserPoolId: w.pool, Username: aws.String(u.name()), UserAttributes: attributes})
		}
		return err
	}, set(&u.nickname, nickname))
}

// configure changes how long the access tokens of a client are good for, or how
// long passwords must be in the pool.
func (w *worker) configure() {
	if w.length != nil && w.random.IntN(2) == 0 {
		length := 8 + w.random.Int32N(6)
		w.change(func() error {
			_, err := w.life.sdk.UpdateUserPool(w.life.ctx, &cip.UpdateUserPoolInput{
				UserPoolId: w.pool, Policies: policies(length), AutoVerifiedAttributes: byEmail, DeviceConfiguration: optIn, MfaConfiguration: types.UserPoolMfaTypeOptional,
			})
			return err
		}, set(w.length, length))
		return
	}
	hours := 2 + w.random.Int32N(20)
	w.change(func() error {
		_, err := w.life.sdk.UpdateUserPoolClient(w.life.ctx, &cip.UpdateUserPoolClientInput{
			UserPoolId: w.pool, ClientId: w.plain, AccessTokenValidity: &hours, ExplicitAuthFlows: plainFlows,
		})
		return err
	}, set(&w.hours, hours))
}
