package lambda_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

func each(t *testing.T, test func(*testing.T, template)) {
	t.Parallel()
	for name := range farEnds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, readTemplate(t, name))
		})
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func ref(name string) object  { return object{"Ref": name} }
func attr(name string) object { return object{"Fn::GetAtt": name} }

// guarded is a value that the guard brings along.
func guarded(value any) object {
	return object{"Fn::If": []any{"Guarded", value, ref("AWS::NoValue")}}
}

func TestTemplateFunction(t *testing.T) {
	each(t, func(t *testing.T, tmpl template) {
		equal(t, "transform", tmpl.at("Transform"), "AWS::Serverless-2016-10-31")
		equal(t, "build method", tmpl.at("Resources", "Function", "Metadata", "BuildMethod"), "go1.x")
		p := tmpl.properties("Function")
		for name, want := range map[string]any{
			"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": []any{"arm64"}, "CodeUri": ".",
			"Timeout": 5, // Cognito waits no longer
			"Role":    attr("FunctionRole.Arn"), "LoggingConfig": object{"LogGroup": ref("LogGroup")},
		} {
			equal(t, name, p[name], want)
		}
		equal(t, "log retention", tmpl.properties("LogGroup")["RetentionInDays"], ref("LogRetentionDays"))
	})
}

func TestTemplateTriggers(t *testing.T) {
	each(t, func(t *testing.T, tmpl template) {
		f := attr("Function.Arn")
		equal(t, "triggers", tmpl.properties("UserPool")["LambdaConfig"], any(object{
			"DefineAuthChallenge": f, "CreateAuthChallenge": f, "VerifyAuthChallengeResponse": f, "PreTokenGeneration": guarded(f),
		}))
		equal(t, "permission", tmpl.properties("FunctionPermission"), object{
			"Action": "lambda:InvokeFunction", "FunctionName": ref("Function"), "Principal": "cognito-idp.amazonaws.com",
			"SourceAccount": ref("AWS::AccountId"), "SourceArn": attr("UserPool.Arn"),
		})
	})
}

// The client, with and without the guard, as CheckClient sees it: by default
// there is no way round the challenge, and else there is the guard.
func TestTemplateClient(t *testing.T) {
	each(t, func(t *testing.T, tmpl template) {
		equal(t, "the default of AllowUserSRP", tmpl.at("Parameters", "AllowUserSRP", "Default"), "false")
		equal(t, "the condition", tmpl.at("Conditions", "Guarded"), any(object{"Fn::Equals": []any{ref("AllowUserSRP"), "true"}}))
		equal(t, "GUARDED", tmpl.at("Resources", "Function", "Properties", "Environment", "Variables", "GUARDED"),
			any(object{"Fn::If": []any{"Guarded", "true", "false"}}))
		p := tmpl.properties("UserPoolClient")
		flows := p["ExplicitAuthFlows"].([]any)
		equal(t, "flows", flows, []any{"ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", guarded("ALLOW_USER_SRP_AUTH")})
		client := trigger.AppClient{
			ExplicitAuthFlows:               []string{flows[0].(string), flows[1].(string)},
			PreventUserExistenceErrors:      p["PreventUserExistenceErrors"].(string),
			AuthSessionValidity:             p["AuthSessionValidity"].(int),
			AllowedOAuthFlowsUserPoolClient: p["AllowedOAuthFlowsUserPoolClient"].(bool),
		}
		if w := trigger.CheckClient(client); len(w) > 0 {
			t.Errorf("the default client: %v", w)
		}
		client.ExplicitAuthFlows = append(client.ExplicitAuthFlows, "ALLOW_USER_SRP_AUTH")
		if w := trigger.CheckClient(client); len(w) != 1 || !w[0].Bypass {
			t.Errorf("the guarded client: %v", w)
		}
		equal(t, "MFA of the pool", tmpl.properties("UserPool")["MfaConfiguration"], "OFF")
	})
}

// A role names each resource that it is for.
func TestTemplateRole(t *testing.T) {
	each(t, func(t *testing.T, tmpl template) {
		for _, s := range tmpl.statements() {
			for _, a := range texts(s["Action"]) {
				if !regexp.MustCompile(`^[a-z]+:[A-Za-z]+$`).MatchString(a.(string)) {
					t.Errorf("action %s", a)
				}
			}
			resources := texts(s["Resource"])
			if text := fmt.Sprint(resources...); len(resources) == 0 || strings.Contains(text, "*") {
				t.Errorf("the resources of %v are %s", s["Action"], text)
			}
			equal(t, "effect", s["Effect"], "Allow")
		}
		if _, managed := tmpl.properties("FunctionRole")["ManagedPolicyArns"]; managed {
			t.Error("a managed policy is for every resource")
		}
		if got := len(tmpl.properties("FunctionRole")["Policies"].([]any)); got != 1 {
			t.Errorf("%d policies", got)
		}
		trust, err := json.Marshal(tmpl.properties("FunctionRole")["AssumeRolePolicyDocument"])
		if err != nil || strings.Count(string(trust), "Service") != 1 || !strings.Contains(string(trust), `"lambda.amazonaws.com"`) {
			t.Errorf("trusted are %s, %v", trust, err)
		}
	})
}

// What is secret is asked for without echo, kept in Secrets Manager, and in no
// environment; everything else that is typed has a form.
func TestTemplateSecrets(t *testing.T) {
	each(t, func(t *testing.T, tmpl template) {
		env, err := json.Marshal(tmpl.at("Resources", "Function", "Properties", "Environment"))
		if err != nil {
			t.Fatal(err)
		}
		var stored string
		for name, r := range tmpl.at("Resources").(object) {
			if r.(object)["Type"] == "AWS::SecretsManager::Secret" {
				text, err := json.Marshal(tmpl.properties(name)["SecretString"])
				if err != nil {
					t.Fatal(err)
				}
				stored += string(text)
			}
		}
		for name, p := range tmpl.at("Parameters").(object) {
			p := p.(object)
			secret := p["NoEcho"] == true
			if looks := regexp.MustCompile(`Secret$|Key$|^DuoClientId$`).MatchString(name); looks != secret {
				t.Errorf("NoEcho of %s is %t", name, secret)
			}
			if secret && (strings.Contains(string(env), `"`+name+`"`) || !strings.Contains(stored, name)) {
				t.Errorf("%s is in the environment, or in no secret", name)
			}
			if p["AllowedPattern"] == nil && p["AllowedValues"] == nil && p["MinValue"] == nil {
				t.Errorf("%s may be anything", name)
			}
			if pattern, ok := p["AllowedPattern"].(string); ok {
				re, err := regexp.Compile(pattern)
				if err != nil || pattern[0] != '^' || pattern[len(pattern)-1] != '$' {
					t.Errorf("the pattern of %s: %v", name, err)
				} else if d, ok := p["Default"].(string); ok && !re.MatchString(d) {
					t.Errorf("the default of %s does not have its form", name)
				}
			}
			if p["Description"] == nil {
				t.Errorf("%s is not described", name)
			}
		}
		equal(t, "key", tmpl.properties("Key")["GenerateSecretString"], any(object{"PasswordLength": 64, "ExcludePunctuation": true}))
	})
}

// The table is the one that challenge/trigger/dynamo documents.
func TestTemplateTable(t *testing.T) {
	each(t, func(t *testing.T, tmpl template) {
		equal(t, "table", tmpl.properties("Marks"), object{
			"BillingMode":             "PAY_PER_REQUEST",
			"AttributeDefinitions":    []any{object{"AttributeName": "pk", "AttributeType": "S"}},
			"KeySchema":               []any{object{"AttributeName": "pk", "KeyType": "HASH"}},
			"TimeToLiveSpecification": object{"AttributeName": "expires", "Enabled": true},
		})
	})
}

// Every name that a template refers to is one of its own or of AWS's, and no
// resource needs, by others, itself: CloudFormation makes none of such a circle.
func TestTemplateReferences(t *testing.T) {
	each(t, func(t *testing.T, tmpl template) {
		known := slices.Concat(slices.Collect(maps.Keys(tmpl.at("Parameters").(object))), slices.Collect(maps.Keys(tmpl.at("Resources").(object))),
			[]string{"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region"})
		used := map[string]bool{}
		needs, resource := map[string][]string{}, ""
		use := func(name string, more ...string) {
			used[name] = true
			needs[resource] = append(needs[resource], name)
			if !slices.Contains(known, name) && !slices.Contains(more, name) {
				t.Errorf("it refers to %s", name)
			}
		}
		inSub := regexp.MustCompile(`\$\{([^}]+)\}`)
		var walk func(any)
		walk = func(value any) {
			switch v := value.(type) {
			case []any:
				for _, e := range v {
					walk(e)
				}
			case object:
				for name, e := range v {
					switch text, isText := e.(string); {
					case name == "Ref" && isText:
						use(text)
					case name == "Fn::GetAtt" && isText:
						owner, _, _ := strings.Cut(text, ".")
						use(owner)
					case name == "Fn::If":
						tmpl.at("Conditions", e.([]any)[0].(string))
					case name == "Fn::Sub":
						sub := texts(e)
						var own []string
						if len(sub) > 1 {
							own = slices.Collect(maps.Keys(sub[1].(object)))
						}
						for _, m := range inSub.FindAllStringSubmatch(sub[0].(string), -1) {
							use(m[1], own...)
						}
					}
					walk(e)
				}
			}
		}
		walk(tmpl.object)
		for name, r := range tmpl.at("Resources").(object) {
			resource = name
			walk(r)
		}
		for name := range needs {
			if name != "" && reaches(needs, name, name, map[string]bool{}) {
				t.Errorf("%s needs itself", name)
			}
		}
		for name := range tmpl.at("Parameters").(object) {
			if !used[name] {
				t.Errorf("the parameter %s is of no use", name)
			}
		}
	})
}

// reaches tells whether one resource needs another, by any number of others.
func reaches(needs map[string][]string, from, to string, seen map[string]bool) bool {
	for _, next := range needs[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if reaches(needs, next, to, seen) {
				return true
			}
		}
	}
	return false
}

// What a function must not be given by its template.
func TestTemplateDetails(t *testing.T) {
	t.Parallel()
	mail := readTemplate(t, "emailotp")
	equal(t, "recovery", mail.properties("UserPool")["AccountRecoverySetting"],
		any(object{"RecoveryMechanisms": []any{object{"Name": "admin_only", "Priority": 1}}}))
	sender := regexp.MustCompile(mail.at("Parameters", "EmailSender", "AllowedPattern").(string))
	for address, good := range map[string]bool{
		"no-reply@example.com": true, "": false, "example.com": false, "a@b@c": false, "A <a@example.com>": false, "a@example.com, b@example.com": false,
	} {
		if sender.MatchString(address) != good {
			t.Errorf("EmailSender %q: %t", address, !good)
		}
	}
	for name, want := range map[string]any{"Default": 6, "MinValue": 6, "MaxValue": 10} {
		equal(t, name, mail.at("Parameters", "CodeLength", name), want)
	}
	for _, s := range mail.statements() {
		if s["Action"] == "ses:SendEmail" {
			equal(t, "condition of sending", s["Condition"], any(object{"StringEquals": object{"ses:FromAddress": ref("EmailSender")}}))
		}
	}
	for _, name := range []string{"duo", "blockid"} {
		// Nobody may write the attribute that says who they are elsewhere.
		equal(t, name, readTemplate(t, name).properties("UserPoolClient")["WriteAttributes"], any([]any{"email"}))
	}
}
