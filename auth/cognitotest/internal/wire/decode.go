package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	documentType = reflect.TypeFor[document.Interface]()
)

// memberName is how a field is called on the wire. The SDK's types have no JSON
// tags, and need none: the names are the same, but for one structure that came
// from elsewhere.
func memberName(structure reflect.Type, f reflect.StructField) string {
	if structure == reflect.TypeFor[types.HttpHeader]() {
		return lowerFirst(f.Name)
	}
	return f.Name
}

// A MalformedError is about what no SDK can have sent: not JSON, not an object, a
// member of another JSON type.
type MalformedError struct{ Reason string }

func (e *MalformedError) Error() string { return "malformed request: " + e.Reason }

// Decode fills out an SDK input type from a request body. The error is an
// *MalformedError, or the *Error of a value that the service's model does not
// allow. Members of other names are ignored, as the service ignores them.
func Decode(body []byte, input any, required ...string) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil || object == nil {
		return &MalformedError{"the body is not a JSON object"}
	}
	if _, err := dec.Token(); err != io.EOF {
		return &MalformedError{"the body goes on after its JSON object"}
	}
	var d decoder
	for _, name := range required {
		if object[name] == nil {
			d.violation("Value null at '%s' failed to satisfy constraint: Member must not be null", lowerFirst(name))
		}
	}
	if err := d.assign(reflect.ValueOf(input).Elem(), object, ""); err != nil {
		return err
	}
	switch n := len(d.violations); n {
	case 0:
		return nil
	case 1:
		return InvalidParameter("1 validation error detected: %s", d.violations[0])
	default:
		return InvalidParameter("%d validation errors detected: %s", n, strings.Join(d.violations, "; "))
	}
}

type decoder struct{ violations []string }

func (d *decoder) violation(format string, args ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, args...))
}

// assign puts a JSON value where v is; path names the place in messages.
func (d *decoder) assign(v reflect.Value, raw any, path string) error {
	if raw == nil {
		return nil // null is the same as absent
	}
	switch {
	case v.Type() == documentType:
		v.Set(reflect.ValueOf(document.NewLazyDocument(plainNumbers(raw))))
		return nil
	case v.Type() == timeType:
		return d.assignTime(v, raw, path)
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.assign(v.Elem(), raw, path)
	case reflect.String:
		return d.assignString(v, raw, path)
	case reflect.Bool:
		b, ok := raw.(bool)
		if !ok {
			return mistyped(path, "boolean")
		}
		v.SetBool(b)
	case reflect.Int32, reflect.Int64:
		n, err := number(raw).Int64()
		if err != nil || v.OverflowInt(n) {
			return mistyped(path, "whole number")
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := number(raw).Float64()
		if err != nil {
			return mistyped(path, "number")
		}
		v.SetFloat(f)
	case reflect.Slice:
		return d.assignSlice(v, raw, path)
	case reflect.Map:
		return d.assignMap(v, raw, path)
	case reflect.Struct:
		return d.assignStruct(v, raw, path)
	default:
		return fmt.Errorf("wire: no rule for %s at %q", v.Type(), path)
	}
	return nil
}

func (d *decoder) assignTime(v reflect.Value, raw any, path string) error {
	seconds, err := number(raw).Float64()
	if err != nil || math.Abs(seconds) > 1e11 {
		return mistyped(path, "time in seconds")
	}
	v.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()))
	return nil
}

func (d *decoder) assignString(v reflect.Value, raw any, path string) error {
	s, ok := raw.(string)
	if !ok {
		return mistyped(path, "string")
	}
	v.SetString(s)
	if allowed := enumValues(v); allowed != nil && s != "" && !slices.Contains(allowed, s) {
		d.violation("Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
			s, path, strings.Join(allowed, ", "))
	}
	d.checkLimits(s, path)
	return nil
}

func (d *decoder) assignSlice(v reflect.Value, raw any, path string) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		s, _ := raw.(string)
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return mistyped(path, "base64 string")
		}
		v.SetBytes(b)
		return nil
	}
	list, ok := raw.([]any)
	if !ok {
		return mistyped(path, "list")
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, e := range list {
		// The service counts from 1 and calls every element "member".
		if err := d.assign(v.Index(i), e, fmt.Sprintf("%s.%d.member", path, i+1)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) assignMap(v reflect.Value, raw any, path string) error {
	object, ok := raw.(map[string]any)
	if !ok {
		return mistyped(path, "map")
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(object)))
	for key, e := range object {
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := d.assign(elem, e, path+"."+key); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	}
	return nil
}

func (d *decoder) assignStruct(v reflect.Value, raw any, path string) error {
	object, ok := raw.(map[string]any)
	if !ok {
		return mistyped(path, "structure")
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !isMember(field) {
			continue
		}
		at := lowerFirst(field.Name)
		if path != "" {
			at = path + "." + at
		}
		if err := d.assign(v.Field(i), object[memberName(v.Type(), field)], at); err != nil {
			return err
		}
	}
	return nil
}

// limits are the constraints that matter to somebody who signs in; the SDK
// leaves them to the service. Values are never quoted: some are secrets.
var limits = map[string]struct {
	min, max int
	pattern  *regexp.Regexp
}{
	"session":          {20, 4096, nil},
	"username":         {1, 128, regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)},
	"clientId":         {1, 128, regexp.MustCompile(`^[\w+]+$`)},
	"userPoolId":       {1, 55, regexp.MustCompile(`^[\w-]+_[0-9a-zA-Z]+$`)},
	"userCode":         {6, 6, regexp.MustCompile(`^[0-9]+$`)},
	"confirmationCode": {1, 2048, regexp.MustCompile(`^\S+$`)},
	"password":         {0, 256, nil},
	"previousPassword": {0, 256, nil},
	"proposedPassword": {0, 256, nil},
	"code":             {1, 2048, regexp.MustCompile(`^\S+$`)},
	"deviceKey":        {1, 55, regexp.MustCompile(`^[\w-]+_[0-9a-f-]+$`)},
	"accessToken":      {1, 1 << 16, regexp.MustCompile(`^[A-Za-z0-9-_=.]+$`)},
	"poolName":         {1, 128, regexp.MustCompile(`^[\w\s+=,.@-]+$`)},
	"clientName":       {1, 128, regexp.MustCompile(`^[\w\s+=,.@-]+$`)},
	"groupName":        {1, 128, regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)},
	"description":      {0, 2048, nil},
	"filter":           {0, 256, nil},
	"clientSecret":     {1, 64, regexp.MustCompile(`^[\w+]+$`)},
}

// arns are where the name of a resource must stand.
var arns = regexp.MustCompile(`^(roleArn|lambdaConfig\.(?:kMSKeyID|[a-zA-Z]+|[a-zA-Z]+\.lambdaArn))$`)

// arnForm is the pattern of ArnType in the service's model.
var arnForm = regexp.MustCompile(`^arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?$`)

func (d *decoder) checkLimits(s, path string) {
	limit, ok := limits[path]
	if arns.MatchString(path) {
		limit.min, limit.max, limit.pattern, ok = 20, 2048, arnForm, true
	}
	if !ok {
		return
	}
	const at = "Value at '%s' failed to satisfy constraint: Member must "
	n := len([]rune(s))
	if n < limit.min {
		d.violation(at+"have length greater than or equal to %d", path, limit.min)
	}
	if n > limit.max {
		d.violation(at+"have length less than or equal to %d", path, limit.max)
	}
	if limit.pattern != nil && !limit.pattern.MatchString(s) {
		d.violation(at+"satisfy regular expression pattern: %s", path, strings.Trim(limit.pattern.String(), "^$"))
	}
}

// isMember tells what goes over the wire from what the SDK adds.
func isMember(f reflect.StructField) bool { return f.IsExported() && f.Name != "ResultMetadata" }

// enumValues lists what a type of the SDK's enumerations allows; nil if it is
// none.
func enumValues(v reflect.Value) []string {
	values := v.MethodByName("Values")
	if !values.IsValid() {
		return nil
	}
	list := values.Call(nil)[0]
	names := make([]string, list.Len())
	for i := range names {
		names[i] = list.Index(i).String()
	}
	return names
}

// number returns a JSON number, or one that every conversion refuses.
func number(raw any) json.Number {
	n, _ := raw.(json.Number)
	return n
}

// plainNumbers makes the numbers of a document those that the SDK's documents
// know; a [json.Number] would be taken for a string.
func plainNumbers(raw any) any {
	switch value := raw.(type) {
	case json.Number:
		f, _ := value.Float64() // the JSON decoder has checked its form
		return f
	case []any:
		for i, e := range value {
			value[i] = plainNumbers(e)
		}
	case map[string]any:
		for k, e := range value {
			value[k] = plainNumbers(e)
		}
	}
	return raw
}

func mistyped(path, want string) error {
	return &MalformedError{fmt.Sprintf("%s is not a %s", path, want)}
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return string(unicode.ToLower(rune(s[0]))) + s[1:]
}
