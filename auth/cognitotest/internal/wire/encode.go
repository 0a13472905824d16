package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
)

// Encode writes an SDK output type as a response body. What is nil or an empty
// enumeration is left out; an empty map that is not nil is written, because
// the service writes an empty ChallengeParameters beside the tokens.
func Encode(output any) ([]byte, error) {
	plain, err := encode(reflect.ValueOf(output))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plain); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// encode returns v as what encoding/json can write; nil is left out.
func encode(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
	}
	switch value := v.Interface().(type) {
	case time.Time:
		return float64(value.UnixMilli()) / 1000, nil
	case document.Interface:
		raw, err := value.MarshalSmithyDocument()
		return json.RawMessage(raw), err
	case []byte:
		return base64.StdEncoding.EncodeToString(value), nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return encode(v.Elem())
	case reflect.String:
		if v.Type() != reflect.TypeFor[string]() && v.Len() == 0 {
			return nil, nil // an enumeration that is not set
		}
		return v.String(), nil
	case reflect.Bool, reflect.Int32, reflect.Int64, reflect.Float64:
		return v.Interface(), nil
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			var err error
			if list[i], err = encode(v.Index(i)); err != nil {
				return nil, err
			}
		}
		return list, nil
	case reflect.Map:
		object := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			e, err := encode(it.Value())
			if err != nil {
				return nil, err
			}
			object[it.Key().String()] = e
		}
		return object, nil
	case reflect.Struct:
		return encodeStruct(v)
	}
	return nil, fmt.Errorf("wire: no rule for %s", v.Type())
}

func encodeStruct(v reflect.Value) (any, error) {
	object := make(map[string]any)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !isMember(field) {
			continue
		}
		e, err := encode(v.Field(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.Name, err)
		}
		if e != nil {
			object[memberName(v.Type(), field)] = e
		}
	}
	return object, nil
}
