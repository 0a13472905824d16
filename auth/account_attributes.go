package auth

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// UpdateAttributes sets attributes of the signed-in user, by their names:
// "email", "custom:department". The value "" removes one. A new e-mail address or
// phone number is not verified: where Cognito sends a code to it, the delivery is
// in the result, and [Accounts.VerifyAttribute] takes the code. A pool may be set
// to keep the old address until then.
//
// The errors are ErrInput (a value does not conform), ErrUserExists (the address
// is another account's), ErrConfig (the app client may not write an attribute),
// ErrDenied (a trigger refused), ErrToken and those of every call. After
// ErrOutcomeUnknown, [Accounts.GetUser] tells what the attributes are, and
// [Accounts.SendAttributeCode] sends another code.
func (a *Accounts) UpdateAttributes(ctx context.Context, t *Tokens, attributes map[string]string, optFns ...func(*CallOptions)) ([]Delivery, error) {
	// Sent once: of two requests with the same address only the first may say
	// where its code went.
	op := operation{name: "UpdateUserAttributes", at: stageSelf, consumes: true}
	access, err := a.bearer(op, t)
	switch {
	case err != nil:
		return nil, err
	case len(attributes) == 0:
		return nil, op.fail(ErrInput, "there are no attributes", nil)
	}
	out, err := invoke(ctx, &a.caller, op, a.api.UpdateUserAttributes, &cip.UpdateUserAttributesInput{
		AccessToken: access, UserAttributes: attributeTypes(attributes), ClientMetadata: newCallOptions(optFns).ClientMetadata,
	})
	if err != nil {
		return nil, err
	}
	deliveries := make([]Delivery, 0, len(out.CodeDeliveryDetailsList))
	for i := range out.CodeDeliveryDetailsList {
		deliveries = append(deliveries, *deliveryOf(&out.CodeDeliveryDetailsList[i]))
	}
	return deliveries, nil
}

// DeleteAttributes removes attributes of the signed-in user, by their names. The
// errors are ErrInput (an attribute that the pool does not have, or requires),
// ErrConfig (the app client may not write it), ErrToken and those of every call.
func (a *Accounts) DeleteAttributes(ctx context.Context, t *Tokens, names ...string) error {
	op := operation{name: "DeleteUserAttributes", at: stageSelf}
	access, err := a.bearer(op, t)
	switch {
	case err != nil:
		return err
	case len(names) == 0:
		return op.fail(ErrInput, "there are no attributes", nil)
	}
	_, err = invoke(ctx, &a.caller, op, a.api.DeleteUserAttributes, &cip.DeleteUserAttributesInput{
		AccessToken: access, UserAttributeNames: slices.Clone(names),
	})
	return err
}

// SendAttributeCode has a code sent to the signed-in user's "email" or
// "phone_number" (GetUserAttributeVerificationCode), for
// [Accounts.VerifyAttribute]. It is good for a day.
//
// The errors are ErrInput (an attribute that cannot be verified, or that the user
// does not have), ErrLockedOut (five an hour), ErrToken and those of every call.
// Source: "Quotas" in the Cognito developer guide.
func (a *Accounts) SendAttributeCode(ctx context.Context, t *Tokens, attribute string, optFns ...func(*CallOptions)) (*Delivery, error) {
	op := operation{name: "GetUserAttributeVerificationCode", at: stageSelf}
	access, err := a.attributeOf(op, t, attribute)
	if err != nil {
		return nil, err
	}
	out, err := invoke(ctx, &a.caller, op, a.api.GetUserAttributeVerificationCode, &cip.GetUserAttributeVerificationCodeInput{
		AccessToken: access, AttributeName: &attribute, ClientMetadata: newCallOptions(optFns).ClientMetadata,
	})
	if err != nil {
		return nil, err
	}
	return deliveryOf(out.CodeDeliveryDetails), nil
}

// VerifyAttribute proves the signed-in user's "email" or "phone_number" by the
// code of [Accounts.UpdateAttributes] or [Accounts.SendAttributeCode].
//
// The errors are ErrCode, ErrCodeExpired (see [Accounts.SendAttributeCode]),
// ErrLockedOut, ErrUserExists (the address is another account's), ErrInput,
// ErrToken and those of every call.
func (a *Accounts) VerifyAttribute(ctx context.Context, t *Tokens, attribute, code string) error {
	op := operation{name: "VerifyUserAttribute", at: stageSelf, consumes: true}
	access, err := a.attributeOf(op, t, attribute)
	switch {
	case err != nil:
		return err
	case !isCode(code):
		return op.fail(ErrCode, "a code is not empty and has no spaces", nil)
	}
	_, err = invoke(ctx, &a.caller, op, a.api.VerifyUserAttribute, &cip.VerifyUserAttributeInput{
		AccessToken: access, AttributeName: &attribute, Code: &code,
	})
	return err
}

// attributeOf checks what an operation on one attribute takes.
func (a *Accounts) attributeOf(op operation, t *Tokens, attribute string) (access *string, err error) {
	access, err = a.bearer(op, t)
	if err == nil && attribute == "" {
		err = op.fail(ErrInput, "the name of the attribute is empty", nil)
	}
	return access, err
}

// attributeTypes is a map of attributes as the SDK has it, in order of the names.
func attributeTypes(attributes map[string]string) []types.AttributeType {
	var list []types.AttributeType
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		list = append(list, types.AttributeType{Name: aws.String(name), Value: aws.String(attributes[name])})
	}
	return list
}
