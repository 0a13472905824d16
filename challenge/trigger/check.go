package trigger

import (
	"fmt"
	"slices"
)

// An AppClient is what [CheckClient] looks at, in the words of the user pools
// API (UserPoolClientType). No AWS type, so that the triggers need no AWS
// client: DescribeUserPoolClient tells all of it.
type AppClient struct {
	// ExplicitAuthFlows are the flows that the client allows.
	ExplicitAuthFlows []string
	// PreventUserExistenceErrors is ENABLED, LEGACY or empty, which is LEGACY.
	PreventUserExistenceErrors string
	// AuthSessionValidity is how many minutes a challenge may be answered; 0 is 3.
	AuthSessionValidity int
	// AllowedOAuthFlowsUserPoolClient says that managed login serves the client.
	AllowedOAuthFlowsUserPoolClient bool
}

// A Warning is one way in which an app client does not fit custom challenges.
type Warning struct {
	// Setting names what to change, such as "ExplicitAuthFlows".
	Setting string
	// Bypass says that tokens can be had without the custom challenge.
	Bypass bool
	// Text says what is wrong and what to do.
	Text string
}

// bypasses are the flows in which the challenge triggers do not run, so that a
// client which allows one asks for a custom challenge only of those who let
// themselves be asked.
var bypasses = map[string]string{
	"ALLOW_USER_SRP_AUTH":            "a password is enough by USER_SRP_AUTH",
	"ALLOW_USER_PASSWORD_AUTH":       "a password is enough by USER_PASSWORD_AUTH",
	"USER_PASSWORD_AUTH":             "a password is enough by USER_PASSWORD_AUTH",
	"ALLOW_ADMIN_USER_PASSWORD_AUTH": "a password is enough by ADMIN_USER_PASSWORD_AUTH, for who has AWS credentials",
	"ADMIN_NO_SRP_AUTH":              "a password is enough by ADMIN_NO_SRP_AUTH, for who has AWS credentials",
	"ALLOW_USER_AUTH":                "a password, or whatever else the pool begins with, is enough by USER_AUTH, even if ALLOW_USER_SRP_AUTH is not set",
}

// harmless are the other flows there are.
var harmless = []string{"ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "ALLOW_REFRESH_TOKEN_AUTH"}

// CheckClient lists the ways in which the custom challenge can be passed by,
// and what else does not fit it. It is a pure function; run it when you deploy.
//
// The remedy for most is to allow nothing but ALLOW_CUSTOM_AUTH and
// ALLOW_REFRESH_TOKEN_AUTH. AWS does not document whether CUSTOM_AUTH may then
// begin with SRP_A: try it, and if it may not, allow ALLOW_USER_SRP_AUTH and use
// a [Guard].
func CheckClient(c AppClient) []Warning {
	var found []Warning
	warn := func(setting string, bypass bool, format string, args ...any) {
		found = append(found, Warning{setting, bypass, fmt.Sprintf(format, args...)})
	}
	const flows = "ExplicitAuthFlows"
	if len(c.ExplicitAuthFlows) == 0 {
		warn(flows, true, "no flow is named, and then AWS allows USER_SRP_AUTH, by which a password is enough: name ALLOW_CUSTOM_AUTH and ALLOW_REFRESH_TOKEN_AUTH")
	} else if !slices.Contains(c.ExplicitAuthFlows, "ALLOW_CUSTOM_AUTH") && !slices.Contains(c.ExplicitAuthFlows, "CUSTOM_AUTH_FLOW_ONLY") {
		warn(flows, false, "ALLOW_CUSTOM_AUTH is missing, without which no custom challenge is asked")
	}
	for _, flow := range c.ExplicitAuthFlows {
		if why, ok := bypasses[flow]; ok {
			warn(flows, true, "%s: %s; remove it, or use a Guard", flow, why)
		} else if !slices.Contains(harmless, flow) {
			warn(flows, true, "%s: this version does not know whether it runs the triggers", flow)
		}
	}
	if c.AllowedOAuthFlowsUserPoolClient {
		warn("AllowedOAuthFlowsUserPoolClient", true, "managed login cannot ask custom challenges, and lets users in without")
	}
	if c.PreventUserExistenceErrors != "ENABLED" {
		warn("PreventUserExistenceErrors", false, "anyone can find out who is a user; set it to ENABLED")
	}
	if c.AuthSessionValidity < 5 {
		warn("AuthSessionValidity", false, "3 minutes, or little more, are short for a mail to arrive or a visit to another site: 5 or more, 15 at most")
	}
	return found
}
