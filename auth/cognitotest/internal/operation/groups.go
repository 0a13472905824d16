package operation

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// CreateGroup makes a group of users.
func (s *Service) CreateGroup(_ context.Context, in *cip.CreateGroupInput) (*cip.CreateGroupOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	if err := checkPrecedence(in.Precedence); err != nil {
		return nil, err
	}
	g := directory.Group{
		Name: str(in.GroupName), Description: str(in.Description), Role: str(in.RoleArn), Precedence: in.Precedence,
		Created: s.Now(), Modified: s.Now(),
	}
	if err := pool.AddGroup(g); err != nil {
		return nil, err
	}
	return &cip.CreateGroupOutput{Group: describeGroup(pool, g)}, nil
}

func checkPrecedence(p *int32) error {
	if p != nil && *p < 0 {
		return wire.InvalidParameter("1 validation error detected: Value at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0")
	}
	return nil
}

// GetGroup describes a group.
func (s *Service) GetGroup(_ context.Context, in *cip.GetGroupInput) (*cip.GetGroupOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	g, err := pool.Group(str(in.GroupName))
	if err != nil {
		return nil, err
	}
	return &cip.GetGroupOutput{Group: describeGroup(pool, g)}, nil
}

// UpdateGroup changes what is given of a group, and leaves the rest.
func (s *Service) UpdateGroup(_ context.Context, in *cip.UpdateGroupInput) (*cip.UpdateGroupOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	if err := checkPrecedence(in.Precedence); err != nil {
		return nil, err
	}
	g, err := pool.UpdateGroup(str(in.GroupName), func(g *directory.Group) {
		if in.Description != nil {
			g.Description = *in.Description
		}
		if in.RoleArn != nil {
			g.Role = *in.RoleArn
		}
		if in.Precedence != nil {
			g.Precedence = in.Precedence
		}
		g.Modified = s.Now()
	})
	if err != nil {
		return nil, err
	}
	return &cip.UpdateGroupOutput{Group: describeGroup(pool, g)}, nil
}

// DeleteGroup removes a group. Its members stay users.
func (s *Service) DeleteGroup(_ context.Context, in *cip.DeleteGroupInput) (*cip.DeleteGroupOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	return &cip.DeleteGroupOutput{}, pool.RemoveGroup(str(in.GroupName))
}

// ListGroups lists the groups of a pool in pages.
func (s *Service) ListGroups(_ context.Context, in *cip.ListGroupsInput) (*cip.ListGroupsOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	groups, next, err := groupPage(pool, pool.Groups(), in.Limit, in.NextToken)
	return &cip.ListGroupsOutput{Groups: groups, NextToken: next}, err
}

// AdminListGroupsForUser lists the groups of a user in pages, in order of their
// precedence.
func (s *Service) AdminListGroupsForUser(_ context.Context, in *cip.AdminListGroupsForUserInput) (*cip.AdminListGroupsForUserOutput, error) {
	pool, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	groups, next, err := groupPage(pool, pool.Memberships(user.Sub), in.Limit, in.NextToken)
	return &cip.AdminListGroupsForUserOutput{Groups: groups, NextToken: next}, err
}

// groupPage cuts a page out of groups in any order. The token is the name that
// the page before ended with; after a group that is gone the list is at its end.
func groupPage(p *directory.Pool, groups []directory.Group, size *int32, token *string) (list []types.GroupType, next *string, err error) {
	limit, err := pageSize("Limit", size, 0)
	if err != nil {
		return nil, nil, err
	}
	begun := token == nil
	list = []types.GroupType{}
	for _, g := range groups {
		switch {
		case !begun:
			begun = g.Name == *token
		case len(list) == limit:
			return list, list[limit-1].GroupName, nil
		default:
			list = append(list, *describeGroup(p, g))
		}
	}
	return list, nil, nil
}

func describeGroup(p *directory.Pool, g directory.Group) *types.GroupType {
	return &types.GroupType{
		GroupName: &g.Name, UserPoolId: &p.ID, Description: ptr(g.Description), RoleArn: ptr(g.Role), Precedence: g.Precedence,
		CreationDate: &g.Created, LastModifiedDate: &g.Modified,
	}
}

// AdminAddUserToGroup makes a user a member, which tokens say from the next
// sign-in or refresh on.
func (s *Service) AdminAddUserToGroup(_ context.Context, in *cip.AdminAddUserToGroupInput) (*cip.AdminAddUserToGroupOutput, error) {
	pool, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	return &cip.AdminAddUserToGroupOutput{}, pool.Join(user.Sub, str(in.GroupName))
}

// AdminRemoveUserFromGroup ends a membership.
func (s *Service) AdminRemoveUserFromGroup(_ context.Context, in *cip.AdminRemoveUserFromGroupInput) (*cip.AdminRemoveUserFromGroupOutput, error) {
	pool, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	return &cip.AdminRemoveUserFromGroupOutput{}, pool.Leave(user.Sub, str(in.GroupName))
}

// ListUsersInGroup lists the members of a group in pages.
func (s *Service) ListUsersInGroup(_ context.Context, in *cip.ListUsersInGroupInput) (*cip.ListUsersInGroupOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	limit, err := pageSize("Limit", in.Limit, 0)
	if err != nil {
		return nil, err
	}
	users, next, err := pool.Members(str(in.GroupName), str(in.NextToken), limit)
	if err != nil {
		return nil, err
	}
	return &cip.ListUsersInGroupOutput{Users: describeAll(users), NextToken: ptr(next)}, nil
}
