package lambda_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// An object is a mapping of a template. A function of CloudFormation, such as
// !Ref X, is a mapping of its long form, {"Ref": X}.
type object = map[string]any

// A template is one of CloudFormation.
type template struct {
	object
	t testing.TB
}

func readTemplate(t testing.TB, function string) template {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(function, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	value, err := plain(doc.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	return template{value.(object), t}
}

// plain makes Go values of a node.
func plain(n *yaml.Node) (any, error) {
	if tag := n.Tag; len(tag) > 1 && tag[0] == '!' && tag[1] != '!' {
		inner := *n
		inner.Tag = ""
		value, err := plain(&inner)
		name := tag[1:]
		if name != "Ref" {
			name = "Fn::" + name
		}
		return object{name: value}, err
	}
	switch n.Kind {
	case yaml.MappingNode:
		o := object{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := o[key]; twice {
				return nil, fmt.Errorf("line %d: %s is there twice", n.Line, key)
			}
			value, err := plain(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			o[key] = value
		}
		return o, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			value, err := plain(c)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
	var value any
	err := n.Decode(&value)
	return value, err
}

// at returns what lies at a path, and fails if there is nothing.
func (t template) at(path ...string) any {
	t.t.Helper()
	var value any = t.object
	for _, name := range path {
		o, _ := value.(object)
		var ok bool
		if value, ok = o[name]; !ok {
			t.t.Fatalf("the template has no %v", path)
		}
	}
	return value
}

// properties are those of a resource.
func (t template) properties(resource string) object {
	t.t.Helper()
	return t.at("Resources", resource, "Properties").(object)
}

// statements are those of the function's role.
func (t template) statements() []object {
	t.t.Helper()
	var all []object
	for _, p := range t.properties("FunctionRole")["Policies"].([]any) {
		for _, s := range p.(object)["PolicyDocument"].(object)["Statement"].([]any) {
			all = append(all, s.(object))
		}
	}
	return all
}

// actions are what the role may do.
func (t template) actions() []string {
	t.t.Helper()
	var all []string
	for _, s := range t.statements() {
		for _, a := range texts(s["Action"]) {
			all = append(all, a.(string))
		}
	}
	return all
}

// texts is a value as the list that it may be short for.
func texts(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// environment is that of the function.
func (t template) environment() []string {
	t.t.Helper()
	return slices.Sorted(maps.Keys(t.properties("Function")["Environment"].(object)["Variables"].(object)))
}
