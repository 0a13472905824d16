// Package operation is the Cognito API: one function per operation, from the
// SDK's input type to its output type or a [wire.Error]. No operation knows
// HTTP; [Operations] is all that the server needs of them.
package operation

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/signin"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Service is what the operations work on.
type Service struct {
	Directory directory.Directory
	// Base is where the settings of a new pool begin: what is this server's to
	// say and not the API's.
	Base directory.Settings
	Now  func() time.Time
	Send func(...factor.Message)
	// Functions are what the ARNs of a LambdaConfig mean.
	Functions trigger.Registry
	machine   signin.Machine
}

// New makes a service without pools.
func New(now func() time.Time, send func(...factor.Message)) *Service {
	return &Service{
		Now: now, Send: send,
		machine: signin.Machine{Sessions: session.NewBox(), Now: now, Send: send},
	}
}

// An Operation is one row of the API.
type Operation struct {
	Name   string
	Signed bool // needs AWS credentials
	call   func(context.Context, *Service, []byte) (output any, err error)
}

// Call decodes a request body, runs the operation and returns what came of it.
func (o Operation) Call(ctx context.Context, s *Service, body []byte) (output any, err error) {
	return o.call(ctx, s, body)
}

// Operations are the ones there are, by name.
var Operations = index(append(control(),
	public((*Service).SignUp, "ClientId", "Username"),
	public((*Service).ConfirmSignUp, "ClientId", "Username", "ConfirmationCode"),
	public((*Service).ResendConfirmationCode, "ClientId", "Username"),
	public((*Service).InitiateAuth, "AuthFlow", "ClientId"),
	public((*Service).RespondToAuthChallenge, "ClientId", "ChallengeName"),
	public((*Service).AssociateSoftwareToken),
	public((*Service).VerifySoftwareToken, "UserCode"),
	public((*Service).SetUserMFAPreference, "AccessToken"),
	public((*Service).GetUser, "AccessToken"),
	public((*Service).StartWebAuthnRegistration, "AccessToken"),
	public((*Service).CompleteWebAuthnRegistration, "AccessToken", "Credential"),
	public((*Service).ListWebAuthnCredentials, "AccessToken"),
	public((*Service).DeleteWebAuthnCredential, "AccessToken", "CredentialId"),
	public((*Service).ForgotPassword, "ClientId", "Username"),
	public((*Service).ConfirmForgotPassword, "ClientId", "Username", "ConfirmationCode", "Password"),
	public((*Service).ChangePassword, "AccessToken", "ProposedPassword"),
	public((*Service).GetUserAttributeVerificationCode, "AccessToken", "AttributeName"),
	public((*Service).VerifyUserAttribute, "AccessToken", "AttributeName", "Code"),
	public((*Service).UpdateUserAttributes, "AccessToken", "UserAttributes"),
	public((*Service).DeleteUserAttributes, "AccessToken", "UserAttributeNames"),
	public((*Service).DeleteUser, "AccessToken"),
	public((*Service).GetUserAuthFactors, "AccessToken"),
	public((*Service).ConfirmDevice, "AccessToken", "DeviceKey"),
	public((*Service).UpdateDeviceStatus, "AccessToken", "DeviceKey"),
	public((*Service).ForgetDevice, "DeviceKey"),
	public((*Service).GetDevice, "DeviceKey"),
	public((*Service).ListDevices, "AccessToken"),
	public((*Service).GetTokensFromRefreshToken, "ClientId", "RefreshToken"),
	public((*Service).RevokeToken, "ClientId", "Token"),
	public((*Service).GlobalSignOut, "AccessToken"),

	signed((*Service).AdminInitiateAuth, "UserPoolId", "ClientId", "AuthFlow"),
	signed((*Service).AdminRespondToAuthChallenge, "UserPoolId", "ClientId", "ChallengeName"),
	signed((*Service).AdminCreateUser, "UserPoolId", "Username"),
	signed((*Service).AdminSetUserPassword, "UserPoolId", "Username", "Password"),
	signed((*Service).AdminGetUser, "UserPoolId", "Username"),
	signed((*Service).AdminConfirmSignUp, "UserPoolId", "Username"),
	signed((*Service).AdminDisableUser, "UserPoolId", "Username"),
	signed((*Service).AdminEnableUser, "UserPoolId", "Username"),
	signed((*Service).AdminSetUserMFAPreference, "UserPoolId", "Username"),
	signed((*Service).AdminUpdateUserAttributes, "UserPoolId", "Username", "UserAttributes"),
	signed((*Service).AdminResetUserPassword, "UserPoolId", "Username"),
	signed((*Service).AdminDeleteUser, "UserPoolId", "Username"),
	signed((*Service).AdminUserGlobalSignOut, "UserPoolId", "Username"),
)...)

// control are the operations that make and change pools and what is in them.
func control() []Operation {
	return []Operation{
		signed((*Service).CreateUserPool, "PoolName"),
		signed((*Service).DescribeUserPool, "UserPoolId"),
		signed((*Service).UpdateUserPool, "UserPoolId"),
		signed((*Service).DeleteUserPool, "UserPoolId"),
		signed((*Service).ListUserPools, "MaxResults"),
		signed((*Service).AddCustomAttributes, "UserPoolId", "CustomAttributes"),
		signed((*Service).SetUserPoolMfaConfig, "UserPoolId"),
		signed((*Service).GetUserPoolMfaConfig, "UserPoolId"),

		signed((*Service).CreateUserPoolClient, "UserPoolId", "ClientName"),
		signed((*Service).DescribeUserPoolClient, "UserPoolId", "ClientId"),
		signed((*Service).UpdateUserPoolClient, "UserPoolId", "ClientId"),
		signed((*Service).DeleteUserPoolClient, "UserPoolId", "ClientId"),
		signed((*Service).ListUserPoolClients, "UserPoolId"),
		signed((*Service).AddUserPoolClientSecret, "UserPoolId", "ClientId"),
		signed((*Service).ListUserPoolClientSecrets, "UserPoolId", "ClientId"),
		signed((*Service).DeleteUserPoolClientSecret, "UserPoolId", "ClientId", "ClientSecretId"),

		signed((*Service).CreateGroup, "UserPoolId", "GroupName"),
		signed((*Service).GetGroup, "UserPoolId", "GroupName"),
		signed((*Service).UpdateGroup, "UserPoolId", "GroupName"),
		signed((*Service).DeleteGroup, "UserPoolId", "GroupName"),
		signed((*Service).ListGroups, "UserPoolId"),
		signed((*Service).AdminListGroupsForUser, "UserPoolId", "Username"),
		signed((*Service).AdminAddUserToGroup, "UserPoolId", "Username", "GroupName"),
		signed((*Service).AdminRemoveUserFromGroup, "UserPoolId", "Username", "GroupName"),
		signed((*Service).ListUsersInGroup, "UserPoolId", "GroupName"),

		signed((*Service).ListUsers, "UserPoolId"),
		signed((*Service).AdminDeleteUserAttributes, "UserPoolId", "Username", "UserAttributeNames"),
		signed((*Service).AdminListDevices, "UserPoolId", "Username"),
		signed((*Service).AdminGetDevice, "UserPoolId", "Username", "DeviceKey"),
		signed((*Service).AdminForgetDevice, "UserPoolId", "Username", "DeviceKey"),
		signed((*Service).AdminUpdateDeviceStatus, "UserPoolId", "Username", "DeviceKey"),
	}
}

func index(operations ...Operation) map[string]Operation {
	byName := make(map[string]Operation)
	for _, o := range operations {
		byName[o.Name] = o
	}
	return byName
}

// public makes the row of an operation that carries no AWS signature. Its name
// is that of its input type.
func public[In, Out any](run func(*Service, context.Context, *In) (*Out, error), required ...string) Operation {
	return Operation{
		Name: strings.TrimSuffix(reflect.TypeFor[In]().Name(), "Input"),
		call: func(ctx context.Context, s *Service, body []byte) (any, error) {
			in := new(In)
			if err := wire.Decode(body, in, required...); err != nil {
				return nil, err
			}
			return run(s, ctx, in)
		},
	}
}

// signed is public, but for operations that need AWS credentials.
func signed[In, Out any](run func(*Service, context.Context, *In) (*Out, error), required ...string) Operation {
	o := public(run, required...)
	o.Signed = true
	return o
}

// ExpireSession lets a session, a secret block or both expire before their
// time.
func (s *Service) ExpireSession(text, secretBlock string) {
	s.machine.Sessions.Expire(session.Session, text, s.Now())
	s.machine.Sessions.Expire(session.SecretBlock, secretBlock, s.Now())
}

// named finds the user of an Admin operation, who may be named by sub in every
// pool (API reference, AdminGetUser, Username).
func (s *Service) named(poolID, username *string) (*directory.Pool, directory.User, error) {
	pool, err := s.Directory.Pool(str(poolID))
	if err != nil {
		return nil, directory.User{}, err
	}
	user, ok := pool.Find(str(username))
	if !ok {
		user, ok = pool.Get(str(username))
	}
	if !ok {
		return nil, directory.User{}, wire.UserNotFound
	}
	return pool, user, nil
}

// str reads an optional string.
func str(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// ptr writes an optional string: nothing for an empty one.
func ptr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// attributeMap reads a list of attributes; of two with one name the last holds.
func attributeMap(list []types.AttributeType) map[string]string {
	attributes := make(map[string]string, len(list))
	for _, a := range list {
		attributes[str(a.Name)] = str(a.Value)
	}
	return attributes
}
