package cognitotest

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// The service answers web pages of every origin, which is how Amplify and other
// clients in browsers reach it, and so does the pool. What a page may send leaves
// out Authorization: a site that happens to be open in the developer's browser
// cannot sign, and the operations of an administrator are signed.
const (
	corsMethods = "POST, GET"
	corsHeaders = "Content-Type, Cache-Control, X-Amz-Target, X-Amz-User-Agent, X-Amz-Content-Sha256, Amz-Sdk-Invocation-Id, Amz-Sdk-Request"
	// corsExposed are the response headers that clients read: which error, and
	// the date, by which they correct their clocks.
	corsExposed = "X-Amzn-Requestid, X-Amzn-Errortype, X-Amzn-Errormessage, Date"
)

// allowOrigins lets pages of every origin read the response. It answers the
// request itself, and returns true, if that is only the browser's question
// whether it may send another (Fetch standard, "CORS-preflight request").
func allowOrigins(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions {
		return false
	}
	w.Header().Set("Access-Control-Allow-Methods", corsMethods)
	w.Header().Set("Access-Control-Allow-Headers", corsHeaders)
	w.WriteHeader(http.StatusNoContent)
	return true
}

// forbidOrigins takes back what allowOrigins has set: what [Config.Other] shows,
// such as an outbox, is for the developer and not for every site that happens to
// be open.
func forbidOrigins(w http.ResponseWriter) {
	w.Header().Del("Access-Control-Allow-Origin")
	w.Header().Del("Access-Control-Expose-Headers")
}

// onlyThisMachine refuses requests for a host of another name. A site whose name was
// made to point here (DNS rebinding) is of one origin with the pool, as far as its
// browser knows, and could sign as an administrator.
func onlyThisMachine(p *Pool) http.Handler {
	refusal := wire.Errorf("AccessDeniedException", "The pool answers to loopback addresses and localhost only, unless Config.Exposed is set.")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isThisMachine(r.Host) {
			p.awaitBody(w, r)
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("X-Amzn-Errortype", refusal.Code+":")
			w.WriteHeader(http.StatusMisdirectedRequest)
			w.Write(refusal.Body()) // the client is gone if it fails
			return
		}
		p.ServeHTTP(w, r)
	})
}

// isThisMachine tells whether a Host header can mean nothing but this machine: an
// address, or a name that no DNS server is asked for (RFC 6761, section 6.3).
func isThisMachine(host string) bool {
	name := strings.ToLower((&url.URL{Host: host}).Hostname())
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback() || name == "localhost" || strings.HasSuffix(name, ".localhost")
}
