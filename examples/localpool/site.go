package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/examples/internal/farends"
)

// A site is what there is below /_pool/. It sees of the pools what an
// administrator sees.
type site struct {
	pool  atomic.Pointer[cognitotest.Pool] // set when there is one
	mails *farends.Mailbox
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_pool/messages", s.messages)
	mux.HandleFunc("GET /_pool/{$}", s.page)
	return mux
}

// messages answers with what was sent to a user, newest last.
func (s *site) messages(w http.ResponseWriter, r *http.Request) {
	pool := s.pool.Load()
	if pool == nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(s.sentTo(r.Context(), pool, r.FormValue("username"))) // the client is gone if it fails
}

func (s *site) sentTo(ctx context.Context, pool *cognitotest.Pool, username string) []message {
	all := []message{} // an empty array, not null
	for _, m := range pool.Outbox().All(username) {
		all = append(all, message{
			Time: m.Time, Pool: m.PoolID, Username: m.Username, Medium: string(m.Medium), Destination: m.Destination,
			Code: m.Code, Purpose: string(m.Purpose), Subject: m.Subject, Text: m.Text,
		})
	}
	for _, address := range addresses(ctx, pool.SDK(), username) {
		for _, m := range s.mails.To(address) {
			all = append(all, mailed(m))
		}
	}
	slices.SortStableFunc(all, func(a, b message) int { return a.Time.Compare(b.Time) })
	return all
}

// addresses are those of the users whom a name means, in any pool.
func addresses(ctx context.Context, sdk *cip.Client, username string) []string {
	found := map[string]bool{}
	for _, pool := range pools(ctx, sdk) {
		user, err := sdk.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: pool.Id, Username: &username})
		if err != nil {
			continue // not in this one
		}
		for _, a := range user.UserAttributes {
			if *a.Name == "email" {
				found[*a.Value] = true
			}
		}
	}
	var all []string
	for address := range found {
		all = append(all, address)
	}
	return all
}

func pools(ctx context.Context, sdk *cip.Client) []types.UserPoolDescriptionType {
	out, err := sdk.ListUserPools(ctx, &cip.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil {
		return nil
	}
	return out.UserPools
}

// A poolView is a pool on the page.
type poolView struct {
	ID, Name string
	Clients  []types.UserPoolClientDescription
	Users    []userView
}

type userView struct {
	Name, Status, Email string
	Factors             string
	Messages            []message
}

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// shownUsers and shownCalls keep the page readable.
const shownUsers, shownCalls = 50, 50

func (s *site) page(w http.ResponseWriter, r *http.Request) {
	pool := s.pool.Load()
	if pool == nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	calls := pool.Calls() // before the page makes some of its own
	slices.Reverse(calls)
	var view struct {
		URL   string
		Pools []poolView
		Calls []cognitotest.Call
	}
	view.URL, view.Calls = pool.URL(), calls[:min(len(calls), shownCalls)]
	for _, p := range pools(r.Context(), pool.SDK()) {
		view.Pools = append(view.Pools, s.view(r.Context(), pool, p))
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, view); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Write(b.Bytes()) // the browser is gone if it fails
}

func (s *site) view(ctx context.Context, pool *cognitotest.Pool, p types.UserPoolDescriptionType) poolView {
	sdk := pool.SDK()
	v := poolView{ID: aws.ToString(p.Id), Name: aws.ToString(p.Name)}
	if clients, err := sdk.ListUserPoolClients(ctx, &cip.ListUserPoolClientsInput{UserPoolId: p.Id, MaxResults: aws.Int32(60)}); err == nil {
		v.Clients = clients.UserPoolClients
	}
	users, err := sdk.ListUsers(ctx, &cip.ListUsersInput{UserPoolId: p.Id, Limit: aws.Int32(shownUsers)})
	if err != nil {
		return v // deleted a moment ago
	}
	for _, u := range users.Users {
		shown := userView{Name: aws.ToString(u.Username), Status: string(u.UserStatus)}
		for _, a := range u.Attributes {
			if *a.Name == "email" {
				shown.Email = *a.Value
			}
		}
		if user, err := sdk.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: p.Id, Username: u.Username}); err == nil {
			shown.Factors = strings.Join(user.UserMFASettingList, ", ")
		}
		sent := s.sentTo(ctx, pool, shown.Name)
		shown.Messages = sent[max(0, len(sent)-3):]
		v.Users = append(v.Users, shown)
	}
	return v
}
