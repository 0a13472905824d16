package cognitotest

import "net/http"

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
