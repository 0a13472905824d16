package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// A UserContext tells Cognito's threat protection from where the user comes.
// Without it, Cognito sees the address of this program in every sign-in.
// Source: "Adding user device and session data to API requests" in the Cognito
// developer guide.
type UserContext struct {
	// IPAddress is the address of the user's machine.
	IPAddress string
	// EncodedData is what Amazon's context-data script made in the browser.
	EncodedData string

	// The Admin operations take these too, and need the first two.
	ServerName string      // this service's host name
	ServerPath string      // the path of the request
	Headers    http.Header // the user's; cookies and credentials have no business here
}

// contextHeaders are the headers that tell browsers apart. A request has others
// that must not leave this program: Cookie, Authorization.
var contextHeaders = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "User-Agent",
}

// UserContextOf makes a UserContext of the user's request. trustedProxies is how
// many proxies of yours stand before this program, each of which appends to
// X-Forwarded-For the address it was called from: with none, that header is
// ignored, since anybody can send it. Of the headers, only those that tell
// browsers apart are taken.
func UserContextOf(r *http.Request, trustedProxies int) *UserContext {
	c := &UserContext{
		IPAddress:  clientAddress(r, trustedProxies),
		ServerName: r.Host,
		ServerPath: r.URL.Path,
		Headers:    make(http.Header),
	}
	for _, name := range contextHeaders {
		if value := r.Header.Get(name); value != "" {
			c.Headers.Set(name, value)
		}
	}
	return c
}

// clientAddress is the address that the outermost trusted proxy was called from.
// Whoever reached this program past a proxy has too short a header, and is
// known by the connection.
func clientAddress(r *http.Request, trustedProxies int) string {
	address := r.RemoteAddr
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if trustedProxies > 0 && len(hops) >= trustedProxies {
		if hop, ok := parseAddress(strings.TrimSpace(hops[len(hops)-trustedProxies])); ok {
			return hop
		}
	}
	address, _ = parseAddress(address)
	return address
}

// parseAddress takes an IP address with or without a port; "" if it is neither.
func parseAddress(s string) (string, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap().String(), true
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.Unmap().String(), true
	}
	return "", false
}

// public is what the public operations take of c.
func (c *UserContext) public() *types.UserContextDataType {
	if c == nil {
		return nil
	}
	return &types.UserContextDataType{IpAddress: optional(c.IPAddress), EncodedData: optional(c.EncodedData)}
}

// admin is what the Admin operations take of c.
func (c *UserContext) admin() *types.ContextDataType {
	if c == nil {
		return nil
	}
	data := &types.ContextDataType{
		IpAddress: aws.String(c.IPAddress), ServerName: aws.String(c.ServerName), ServerPath: aws.String(c.ServerPath),
		EncodedData: optional(c.EncodedData), HttpHeaders: []types.HttpHeader{},
	}
	for name, values := range c.Headers {
		for _, value := range values {
			data.HttpHeaders = append(data.HttpHeaders, types.HttpHeader{HeaderName: aws.String(name), HeaderValue: aws.String(value)})
		}
	}
	slices.SortStableFunc(data.HttpHeaders, func(a, b types.HttpHeader) int { return strings.Compare(*a.HeaderName, *b.HeaderName) })
	return data
}
