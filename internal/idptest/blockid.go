package idptest

import (
	"html/template"
	"net/http"
)

// A BlockID is the OpenID Connect side of a 1Kosmos BlockID tenant with one
// community: the endpoints, the claims request and the page that hands the code
// to the window around it, as the published demo uses them
// (github.com/1Kosmos/1kosmosmfa-with-amazon-cognito). Where its keys lie is not
// published; here it is [BlockIDKeys].
type BlockID struct {
	*OIDC
	community string
}

// BlockIDKeys is the last part of the path of the keys.
const BlockIDKeys = "/keys"

// NewBlockID makes a tenant with a community and a client, and the people of
// [NewOIDC]. An empty redirect URI stands for the community's own page, which is
// known once the tenant is served: see [BlockID.Serve].
func NewBlockID(community, clientID, clientSecret, redirectURI string) *BlockID {
	o := NewOIDC(clientID, clientSecret, redirectURI)
	root := "/oauth2/community/" + community + "/v1"
	o.paths = oidcPaths{authorize: root + "/authorize", token: root + "/token", keys: root + BlockIDKeys}
	o.noPKCE = true
	return &BlockID{o, community}
}

// Serve tells the tenant its address, such as "https://tenant.example".
func (b *BlockID) Serve(address string) {
	if b.RedirectURI == "" {
		b.RedirectURI = address + b.page()
	}
}

func (b *BlockID) page() string { return "/admin/" + b.community + "/post_stepup" }

var postStepup = template.Must(template.New("post").Parse(`<!DOCTYPE html>
<meta charset="utf-8"><title>BlockID, simulated</title>
<script>window.parent.postMessage(JSON.stringify({code: {{.Code}}, state: {{.State}}, error: {{.Error}}}), "*")</script>
`))

// ServeHTTP answers the endpoints and the page.
func (b *BlockID) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != b.page() {
		b.OIDC.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	q := r.URL.Query()
	postStepup.Execute(w, struct{ Code, State, Error string }{q.Get("code"), q.Get("state"), q.Get("error")}) // the browser is gone if it fails
}
