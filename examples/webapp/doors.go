package main

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// A door is an app client of the pool, by which users come in. What Cognito makes
// for one client it takes from no other, so who came in by a door goes on there.
type door struct {
	clientID string
	custom   bool // sign-ins go by the pool's custom challenges
	client   *auth.Client
	refresh  *auth.Refresher
}

// doors are those of the pool's app clients.
func (p pool) doors(options func(*auth.Options)) ([]*door, error) {
	var all []*door
	for _, c := range p.clients {
		client, err := auth.New(p.api, p.id, c.id, options)
		refresh, err2 := auth.NewRefresher(p.api, c.id, options)
		if err := cmp.Or(err, err2); err != nil {
			return nil, err
		}
		all = append(all, &door{c.id, c.custom, client, refresh})
	}
	return all, nil
}

// door returns the door for a way to sign in, or the only one.
func (s *site) door(custom bool) *door {
	for _, d := range s.doors {
		if d.custom == custom {
			return d
		}
	}
	return s.doors[0]
}

// hasDoor reports whether users can sign in that way.
func (s *site) hasDoor(custom bool) bool { return s.door(custom).custom == custom }

// A session is who is signed in, and by which door.
type session struct {
	*auth.Tokens
	door *door
}

// opened returns the session in this browser's cookie, whose tokens may be too old.
func (s *site) opened(r *http.Request) (session, error) {
	browser, err := s.cookies.cookie(r, browserCookie)
	if err != nil {
		return session{}, errNotSignedIn
	}
	err = errNotSignedIn
	for _, d := range s.doors {
		tokens, refused := d.client.OpenTokens(s.sealer, s.cookies.long(r, sessionCookie), browser.Value)
		if refused == nil {
			return session{tokens, d}, nil
		}
		err = errors.Join(err, refused)
	}
	return session{}, err
}

// seal makes the token of a challenge, for a browser and a door.
func (s *site) seal(d *door, asked challenge.Challenge, browser string) (string, error) {
	return s.sealer.Seal(asked, browser+" "+d.clientID)
}

// pending returns the challenge that this browser has to answer, and the door at
// which.
func (s *site) pending(r *http.Request) (*door, challenge.Challenge, error) {
	browser, err := s.cookies.cookie(r, browserCookie)
	if err != nil {
		return nil, nil, auth.ErrStartOver
	}
	err = auth.ErrStartOver
	for _, d := range s.doors {
		asked, refused := s.sealer.Open(s.cookies.long(r, pendingCookie), browser.Value+" "+d.clientID)
		if refused == nil {
			return d, asked, nil
		}
		err = errors.Join(err, refused)
	}
	return nil, nil, err
}
