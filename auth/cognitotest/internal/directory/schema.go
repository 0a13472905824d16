package directory

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Schema lists attributes, at first those that a pool is asked to have, then
// all that it has: the standard ones of OpenID Connect before its own. The names
// of its own begin with "custom:".
type Schema []types.SchemaAttributeType

// mostCustom is how many attributes of its own a pool may have (developer guide,
// "Quotas").
const mostCustom = 50

// standard lists the attributes that every pool has, in the order and with the
// constraints that DescribeUserPool shows.
func standard() Schema {
	text := func(name string, least, most string) types.SchemaAttributeType {
		return types.SchemaAttributeType{
			Name: &name, AttributeDataType: types.AttributeDataTypeString,
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: &least, MaxLength: &most},
		}
	}
	var all Schema
	for _, name := range strings.Fields(`sub name given_name family_name middle_name nickname preferred_username profile
		picture website email email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at`) {
		a := text(name, "0", "2048")
		switch name {
		case "sub":
			a = text(name, "1", "2048")
		case "birthdate":
			a = text(name, "10", "10")
		case "email_verified", "phone_number_verified":
			a.AttributeDataType, a.StringAttributeConstraints = types.AttributeDataTypeBoolean, nil
		case "updated_at":
			zero := "0"
			a.AttributeDataType, a.StringAttributeConstraints = types.AttributeDataTypeNumber, nil
			a.NumberAttributeConstraints = &types.NumberAttributeConstraintsType{MinValue: &zero}
		}
		a.Mutable, a.Required, a.DeveloperOnlyAttribute = yes(name != "sub"), yes(name == "sub"), yes(false)
		all = append(all, a)
	}
	return all
}

func yes(b bool) *bool { return &b }

// validate completes a schema, and refuses what no pool can have.
func (s *Schema) validate() error {
	all := standard()
	for _, a := range *s {
		if a.Name == nil || *a.Name == "" {
			return wire.InvalidParameter("An attribute of the schema has no name.")
		}
		if i := all.index(*a.Name); i >= 0 && i < len(standard()) {
			all[i] = override(all[i], a)
			continue
		}
		custom, err := newCustom(a)
		if err != nil {
			return err
		}
		if all.index(*custom.Name) >= 0 {
			return wire.InvalidParameter("%s: Existing attribute already has name %[1]s.", *custom.Name)
		}
		all = append(all, custom)
	}
	if own := len(all) - len(standard()); own > mostCustom {
		return wire.InvalidParameter("A user pool has at most %d custom attributes.", mostCustom)
	}
	*s = all
	return nil
}

// override changes a standard attribute as far as it can be: which ones there
// are, and of what type, is not the pool's to say.
func override(have, given types.SchemaAttributeType) types.SchemaAttributeType {
	have.Required, have.Mutable = cmp.Or(given.Required, have.Required), cmp.Or(given.Mutable, have.Mutable)
	if have.StringAttributeConstraints != nil {
		have.StringAttributeConstraints = cmp.Or(given.StringAttributeConstraints, have.StringAttributeConstraints)
	}
	if have.NumberAttributeConstraints != nil {
		have.NumberAttributeConstraints = cmp.Or(given.NumberAttributeConstraints, have.NumberAttributeConstraints)
	}
	return have
}

// newCustom makes one of the pool's own attributes (API reference,
// SchemaAttributeType).
func newCustom(a types.SchemaAttributeType) (types.SchemaAttributeType, error) {
	name := *a.Name
	if !strings.HasPrefix(name, "custom:") {
		if n := utf8.RuneCountInString(name); n > 20 {
			return a, wire.InvalidParameter("1 validation error detected: Value at 'schema.name' failed to satisfy constraint: Member must have length less than or equal to 20")
		}
		name = "custom:" + name
	}
	if a.Required != nil && *a.Required {
		return a, wire.InvalidParameter("Required custom attributes are not supported currently.")
	}
	a.Name = &name
	a.AttributeDataType = cmp.Or(a.AttributeDataType, types.AttributeDataTypeString)
	a.Required, a.DeveloperOnlyAttribute = yes(false), cmp.Or(a.DeveloperOnlyAttribute, yes(false))
	a.Mutable = cmp.Or(a.Mutable, yes(true))
	for _, bound := range bounds(a) {
		if bound == nil {
			continue
		}
		if n, err := strconv.ParseInt(*bound, 10, 64); err != nil || a.StringAttributeConstraints != nil && (n < 0 || n > 2048) {
			return a, wire.InvalidParameter("Invalid constraint for attribute %s.", name)
		}
	}
	if least, most := limits(a); least > most {
		return a, wire.InvalidParameter("Invalid constraint for attribute %s: the minimum is above the maximum.", name)
	}
	switch a.AttributeDataType {
	case types.AttributeDataTypeString:
		if a.StringAttributeConstraints == nil {
			a.StringAttributeConstraints = &types.StringAttributeConstraintsType{}
		}
	case types.AttributeDataTypeNumber:
		if a.NumberAttributeConstraints == nil {
			a.NumberAttributeConstraints = &types.NumberAttributeConstraintsType{}
		}
	}
	return a, nil
}

// bounds are the least and the greatest length or value, nil if open.
func bounds(a types.SchemaAttributeType) [2]*string {
	switch {
	case a.AttributeDataType == types.AttributeDataTypeString && a.StringAttributeConstraints != nil:
		return [2]*string{a.StringAttributeConstraints.MinLength, a.StringAttributeConstraints.MaxLength}
	case a.AttributeDataType == types.AttributeDataTypeNumber && a.NumberAttributeConstraints != nil:
		return [2]*string{a.NumberAttributeConstraints.MinValue, a.NumberAttributeConstraints.MaxValue}
	}
	return [2]*string{}
}

// limits are the bounds as numbers.
func limits(a types.SchemaAttributeType) (least, most int64) {
	least, most = -1<<63, 1<<63-1
	if a.AttributeDataType == types.AttributeDataTypeString {
		most = 2048
	}
	b := bounds(a)
	// They were checked when the attribute was made.
	if b[0] != nil {
		least, _ = strconv.ParseInt(*b[0], 10, 64)
	}
	if b[1] != nil {
		most, _ = strconv.ParseInt(*b[1], 10, 64)
	}
	return least, most
}

// index finds an attribute by name; -1 if there is none.
func (s Schema) index(name string) int {
	return slices.IndexFunc(s, func(a types.SchemaAttributeType) bool { return *a.Name == name })
}

// Add returns the schema with more attributes of the pool's own.
func (s Schema) Add(own []types.SchemaAttributeType) (Schema, error) {
	next := slices.Clone(s)
	for _, a := range own {
		if a.Name == nil || *a.Name == "" {
			return nil, wire.InvalidParameter("An attribute of the schema has no name.")
		}
		custom, err := newCustom(a)
		if err != nil {
			return nil, err
		}
		if next.index(*custom.Name) >= 0 {
			return nil, wire.InvalidParameter("%s: Existing attribute already has name %[1]s.", *custom.Name)
		}
		next = append(next, custom)
	}
	return next, nil
}

// Required lists the attributes that every user must have.
func (s Schema) Required() []string {
	var names []string
	for _, a := range s {
		if *a.Required && *a.Name != "sub" {
			names = append(names, *a.Name)
		}
	}
	return names
}

// Names lists all attributes.
func (s Schema) Names() []string {
	var names []string
	for _, a := range s {
		names = append(names, *a.Name)
	}
	return names
}

// Writable lists the attributes that a client can be allowed to set.
func (s Schema) Writable() []string {
	return slices.DeleteFunc(s.Names(), func(name string) bool { return slices.Contains(unwritable, name) })
}

// check refuses an attribute that the schema does not have, and a value of
// another form than its type. An empty value is none.
func (s Schema) check(name, value string) error {
	i := s.index(name)
	if i < 0 || name == "sub" {
		return wire.InvalidParameter("Attributes did not conform to the schema: Type for attribute {%s} could not be determined", name)
	}
	if value == "" || conforms(s[i], value) {
		return nil
	}
	return wire.InvalidParameter("Attributes did not conform to the schema: %s: the value is not a %s in the limits of the schema", name, s[i].AttributeDataType)
}

func conforms(a types.SchemaAttributeType, value string) bool {
	least, most := limits(a)
	switch a.AttributeDataType {
	case types.AttributeDataTypeString:
		n := int64(utf8.RuneCountInString(value))
		return n >= least && n <= most
	case types.AttributeDataTypeNumber:
		n, err := strconv.ParseInt(value, 10, 64)
		return err == nil && n >= least && n <= most
	case types.AttributeDataTypeBoolean:
		return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
	case types.AttributeDataTypeDatetime:
		_, err := time.Parse(time.RFC3339, value)
		return err == nil
	}
	return true
}

// CheckAttributes refuses attributes that the pool does not have, and values of
// another form than theirs.
func (p *Pool) CheckAttributes(attributes map[string]string) error {
	for name, value := range attributes {
		if err := p.Settings.Schema.check(name, value); err != nil {
			return err
		}
	}
	if v := attributes["email"]; v != "" && !emailForm.MatchString(v) {
		return wire.InvalidParameter("Invalid email address format.")
	}
	if v := attributes["phone_number"]; v != "" && !phoneForm.MatchString(v) {
		return wire.InvalidParameter("Invalid phone number format.")
	}
	return nil
}

// CheckChange refuses a change of attributes that a user may not make: of one
// that is fixed when the user is made, and the removal of a required one.
func (p *Pool) CheckChange(u *User, given map[string]string) error {
	if err := p.CheckAttributes(given); err != nil {
		return err
	}
	for _, a := range p.Settings.Schema {
		value, ok := given[*a.Name]
		switch {
		case !ok:
		case !*a.Mutable && value != u.Attributes[*a.Name]:
			return wire.InvalidParameter("user.%s: Attribute cannot be updated.", *a.Name)
		case *a.Required && value == "":
			return wire.InvalidParameter("Attributes did not conform to the schema: %s: The attribute is required", *a.Name)
		}
	}
	return nil
}

// Missing lists the required attributes that a user lacks.
func (p *Pool) Missing(attributes map[string]string) []string {
	var missing []string
	for _, name := range p.Settings.Schema.Required() {
		if attributes[name] == "" {
			missing = append(missing, name)
		}
	}
	return missing
}

// CheckRequired refuses a sign-up without a required attribute.
func (p *Pool) CheckRequired(attributes map[string]string) error {
	if missing := p.Missing(attributes); len(missing) > 0 {
		return wire.InvalidParameter("Attributes did not conform to the schema: %s: The attribute is required", missing[0])
	}
	return nil
}
