//go:build unix

package main

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// hold compares what there is with what was acknowledged.
func hold[T comparable](w *worker, of, what string, b *belief[T], got T) {
	if !b.allows(got) {
		w.t.Errorf("%s: %s is %v; acknowledged was %v, and sent since %v", of, what, got, b.known, b.perhaps)
	}
	b.seen(got)
}

// check demands all that was acknowledged of what a worker has changed.
func (w *worker) check() {
	client, err := w.life.sdk.DescribeUserPoolClient(w.life.ctx, &cip.DescribeUserPoolClientInput{UserPoolId: w.pool, ClientId: w.plain})
	if w.outcome(err) == done {
		hold(w, "client", "hours", &w.hours, *client.UserPoolClient.AccessTokenValidity)
	}
	if w.length != nil {
		pool, err := w.life.sdk.DescribeUserPool(w.life.ctx, &cip.DescribeUserPoolInput{UserPoolId: w.pool})
		if w.outcome(err) == done {
			hold(w, "pool", "length", w.length, *pool.UserPool.Policies.PasswordPolicy.MinimumLength)
		}
	}
	for _, u := range w.users {
		w.settle(u)
		if !u.sure() {
			w.t.Errorf("%s: still in doubt: %+v", u.name(), u)
		}
	}
}

// settle finds out what there is of a user, and demands what was acknowledged. It
// stops where the network loses something.
func (w *worker) settle(u *user) {
	if u.generation > 0 {
		before := user{stem: u.stem, generation: u.generation - 1}
		if _, result := w.look(&before); result == done {
			w.t.Errorf("%s was deleted and is back", before.name())
		}
	}
	if !u.authenticator.sure() && !w.settleAuthenticator(u) {
		return
	}
	account, result := w.look(u)
	if result == lost {
		return
	}
	status := string(account.UserStatus)
	empty := u.status.known == "" && u.status.sure()
	if status == unconfirmed && !u.password.sure() {
		u.password.seen(u.password.perhaps[0]) // it came with the sign-up
	}
	hold(w, u.name(), "status", &u.status, status)
	if status == "" {
		if !empty {
			u.succeed()
		}
		return
	}
	nickname := ""
	for _, a := range account.UserAttributes {
		if *a.Name == "nickname" {
			nickname = *a.Value
		}
	}
	hold(w, u.name(), "nickname", &u.nickname, nickname)
	hold(w, u.name(), "MFA", &u.mfa, slices.Contains(account.UserMFASettingList, "SOFTWARE_TOKEN_MFA"))
	if w.settleGroup(u) && w.settleDevice(u) && w.settlePassword(u) {
		w.settleSignIns(u)
	}
}

// look describes a user; refused: there is none.
func (w *worker) look(u *user) (*cip.AdminGetUserOutput, outcome) {
	out, err := w.life.sdk.AdminGetUser(w.life.ctx, &cip.AdminGetUserInput{UserPoolId: w.pool, Username: aws.String(u.name())})
	result := w.outcome(err, "UserNotFoundException")
	if result != done {
		out = new(cip.AdminGetUserOutput)
	}
	return out, result
}

// settleAuthenticator finds out whether an authenticator was verified: only one that
// was can be turned on.
func (w *worker) settleAuthenticator(u *user) bool {
	on := set(&u.mfa, true)
	on.sent()
	switch w.outcome(w.preferMFA(u, true), "InvalidParameterException") {
	case done:
		on.acknowledged()
		u.authenticator.seen(u.authenticator.perhaps[0])
		u.steps.seen(u.steps.perhaps[0])
	case refused:
		on.refused()
		hold(w, u.name(), "authenticator", &u.authenticator, "")
		u.steps.seen(0)
	default:
		return false
	}
	return true
}

func (w *worker) settleGroup(u *user) bool {
	out, err := w.life.sdk.AdminListGroupsForUser(w.life.ctx, &cip.AdminListGroupsForUserInput{UserPoolId: w.pool, Username: aws.String(u.name())})
	if w.outcome(err) != done {
		return false
	}
	hold(w, u.name(), "staff", &u.staff, len(out.Groups) == 1)
	return true
}

func (w *worker) settleDevice(u *user) bool {
	out, err := w.life.sdk.AdminListDevices(w.life.ctx, &cip.AdminListDevicesInput{UserPoolId: w.pool, Username: aws.String(u.name())})
	if w.outcome(err) != done {
		return false
	}
	status := ""
	for _, d := range out.Devices {
		if *d.DeviceKey != u.machine.key {
			w.t.Errorf("%s: a device that was forgotten is back", u.name())
			continue
		}
		for _, a := range d.DeviceAttributes {
			if *a.Name == "dev:device_remembered_status" {
				status = *a.Value
			}
		}
	}
	hold(w, u.name(), "device", &u.device, status)
	return true
}

// settlePassword tries the passwords that it may be, the last one first.
func (w *worker) settlePassword(u *user) bool {
	if u.status.known != confirmed {
		if u.status.known == temporary {
			hold(w, u.name(), "password", &u.password, "") // which is not known
		}
		return true
	}
	candidates := append([]string{u.password.known}, u.password.perhaps...)
	slices.Reverse(candidates)
	for _, password := range candidates {
		if password == "" {
			continue
		}
		switch w.begin(u, &signedIn{alive: belief[bool]{known: true}, client: w.plain}, password, "NotAuthorizedException") {
		case done:
			u.password.seen(password)
			return true
		case lost:
			return false
		}
	}
	w.t.Errorf("%s: neither the acknowledged password nor one that was sent since", u.name())
	return false
}

func (w *worker) settleSignIns(u *user) {
	for _, s := range u.signIns {
		_, err := w.life.sdk.GetUser(w.life.ctx, &cip.GetUserInput{AccessToken: &s.access})
		result := w.outcome(err, "NotAuthorizedException")
		if result == lost {
			return
		}
		hold(w, u.name(), "a sign-in's life", &s.alive, result == done)
		if !s.alive.known {
			continue
		}
		if s.spent != "" { // before the next one is: this one may be from before the restart
			w.mustRefuse(u, s, s.spent, "RefreshTokenReuseException")
		}
		if s.refresh != "" && w.use(s) == lost {
			return
		}
	}
	u.bury()
	for _, s := range u.ended {
		_, err := w.life.sdk.GetUser(w.life.ctx, &cip.GetUserInput{AccessToken: &s.access})
		if w.outcome(err, "NotAuthorizedException") == done {
			w.t.Errorf("%s: an access token that was revoked is good again", u.name())
		}
		if s.refresh != "" {
			w.mustRefuse(u, s, s.refresh, "NotAuthorizedException")
		}
	}
}

func (w *worker) mustRefuse(u *user, s *signedIn, refresh, code string) {
	_, err := w.tokensFor(s, refresh)
	if w.outcome(err, code) == done {
		w.t.Errorf("%s: a refresh token that was ended (%s) is good again", u.name(), code)
	}
}
