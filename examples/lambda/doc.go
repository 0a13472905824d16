// Package lambda has no code: below it are the functions that make Amazon Cognito
// ask for a second factor of one's own, each with a template that deploys it, and
// a program that finds app clients which let users past it. README.md begins
// there; the tests here run the very executables.
package lambda
