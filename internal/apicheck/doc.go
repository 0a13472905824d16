// Package apicheck keeps the module's public API as text, in docs/api: a file for
// each package, a line for each name that programs can depend on. It has tests
// only. A change of the API fails until the file is written anew,
//
//	go test ./internal/apicheck -update
//
// and is then a change that a reviewer sees, and that the changelog has to tell.
package apicheck
