package operation

import (
	"context"
	"slices"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// ListUsers lists users in pages, all of them or those whom a filter names.
func (s *Service) ListUsers(_ context.Context, in *cip.ListUsersInput) (*cip.ListUsersOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	limit, err := pageSize("Limit", in.Limit, 0)
	if err != nil {
		return nil, err
	}
	filter, err := directory.ParseFilter(str(in.Filter))
	if err != nil {
		return nil, err
	}
	users, next, err := pool.List(filter, str(in.PaginationToken), limit)
	if err != nil {
		return nil, err
	}
	out := &cip.ListUsersOutput{Users: describeAll(users), PaginationToken: ptr(next)}
	if in.AttributesToGet == nil {
		return out, nil
	}
	for i := range out.Users {
		if out.Users[i].Attributes, err = only(out.Users[i].Attributes, in.AttributesToGet); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// only picks attributes by name. An attribute that a user of the page does not
// have is an error (API reference, ListUsers, AttributesToGet).
func only(attributes []types.AttributeType, names []string) ([]types.AttributeType, error) {
	var picked []types.AttributeType
	for _, name := range names {
		i := slices.IndexFunc(attributes, func(a types.AttributeType) bool { return *a.Name == name })
		if i < 0 {
			return nil, wire.InvalidParameter("One or more requested attributes do not exist.")
		}
		picked = append(picked, attributes[i])
	}
	return picked, nil
}

// describeAll writes users as lists have them.
func describeAll(users []directory.User) []types.UserType {
	list := []types.UserType{}
	for _, u := range users {
		list = append(list, *describe(u))
	}
	return list
}
