package trigger

import "encoding/json"

// The events of the triggers around a sign-in (developer guide, "Customizing user
// pool workflows with Lambda triggers", a page for each). Members that the service
// leaves out when they are empty are left out here, and those that were seen to be
// null are null: a function that returns the event must not have to repair it.
type (
	// PreSignUpRequest is about a user who is not there yet, and has no sub.
	PreSignUpRequest struct {
		Attributes     map[string]string `json:"userAttributes"`
		ValidationData map[string]string `json:"validationData"` // null was seen
		Metadata       map[string]string `json:"clientMetadata,omitempty"`
	}
	PreSignUpResponse struct {
		AutoConfirm bool `json:"autoConfirmUser"`
		VerifyEmail bool `json:"autoVerifyEmail"`
		VerifyPhone bool `json:"autoVerifyPhone"`
	}

	PostConfirmationRequest struct {
		Attributes map[string]string `json:"userAttributes"`
		Metadata   map[string]string `json:"clientMetadata,omitempty"`
	}

	// PreAuthenticationRequest has NotFound only for clients with
	// PreventUserExistenceErrors: others are refused before.
	PreAuthenticationRequest struct {
		Attributes     map[string]string `json:"userAttributes"`
		ValidationData map[string]string `json:"validationData"`
		NotFound       *bool             `json:"userNotFound,omitempty"`
	}

	PostAuthenticationRequest struct {
		Attributes map[string]string `json:"userAttributes"`
		NewDevice  bool              `json:"newDeviceUsed"`
		Metadata   map[string]string `json:"clientMetadata,omitempty"`
	}

	// PreTokenRequest has Scopes in version 2 alone.
	PreTokenRequest struct {
		Attributes map[string]string `json:"userAttributes"`
		Groups     Groups            `json:"groupConfiguration"`
		Scopes     []string          `json:"scopes,omitempty"`
		Metadata   map[string]string `json:"clientMetadata,omitempty"`
	}
	// Groups are a user's, with the roles that they stand for.
	Groups struct {
		Names     []string `json:"groupsToOverride"`
		Roles     []string `json:"iamRolesToOverride"`
		Preferred *string  `json:"preferredRole"`
	}
	PreTokenResponseV1 struct {
		Details *struct {
			Add      map[string]string `json:"claimsToAddOrOverride"`
			Suppress []string          `json:"claimsToSuppress"`
			Groups   json.RawMessage   `json:"groupOverrideDetails"`
		} `json:"claimsOverrideDetails"`
	}
	PreTokenResponseV2 struct {
		Details *struct {
			ID     *TokenChanges   `json:"idTokenGeneration"`
			Access *TokenChanges   `json:"accessTokenGeneration"`
			Groups json.RawMessage `json:"groupOverrideDetails"`
		} `json:"claimsAndScopeOverrideDetails"`
	}
	// TokenChanges are those to one token. An ID token has no scopes.
	TokenChanges struct {
		Add            map[string]any `json:"claimsToAddOrOverride"`
		Suppress       []string       `json:"claimsToSuppress"`
		AddScopes      []string       `json:"scopesToAdd"`
		SuppressScopes []string       `json:"scopesToSuppress"`
	}

	// MigrationRequest has no password in the flow of a forgotten one. Its null
	// attributes were seen in github.com/aws/aws-lambda-dotnet/issues/2166.
	MigrationRequest struct {
		Password       string            `json:"password,omitempty"`
		ValidationData map[string]string `json:"validationData"`
		Attributes     map[string]string `json:"userAttributes"`
		Metadata       map[string]string `json:"clientMetadata,omitempty"`
	}
	MigrationResponse struct {
		Attributes map[string]string `json:"userAttributes"`
		Status     *string           `json:"finalUserStatus"`
		Message    *string           `json:"messageAction"`
		Mediums    []string          `json:"desiredDeliveryMediums"`
		ForceAlias *bool             `json:"forceAliasCreation"`
		SMSMFA     *bool             `json:"enableSMSMFA"`
	}

	// MessageRequest names the placeholders of a message. Username is null but
	// for users made by an administrator.
	MessageRequest struct {
		Attributes map[string]string `json:"userAttributes"`
		Code       string            `json:"codeParameter"`
		Link       string            `json:"linkParameter"`
		Username   *string           `json:"usernameParameter"`
		Metadata   map[string]string `json:"clientMetadata,omitempty"`
	}
	MessageResponse struct {
		SMS     *string `json:"smsMessage"`
		Email   *string `json:"emailMessage"`
		Subject *string `json:"emailSubject"`
	}

	// Nothing is the response of a trigger that can only refuse.
	Nothing struct{}
)
