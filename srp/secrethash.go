package srp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// SecretHash returns SECRET_HASH for an app client with a secret:
// base64(HMAC-SHA256(clientSecret, username ‖ clientID)), as in "Computing secret
// hash values" of the Cognito developer guide.
//
// The username is the one of the same call: what the user typed in InitiateAuth,
// SignUp and the like, USER_ID_FOR_SRP in the answers to challenges once Cognito
// has sent it. REFRESH_TOKEN_AUTH takes the cognito:username claim of the
// tokens. GetTokensFromRefreshToken and RevokeToken take the secret itself
// instead of a hash.
func SecretHash(username, clientID, clientSecret string) string {
	mac := hmac.New(sha256.New, []byte(clientSecret))
	mac.Write([]byte(username + clientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
