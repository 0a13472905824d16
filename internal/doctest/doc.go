// Package doctest holds the documentation to the code. It has tests only.
//
// Each block of Go in a Markdown file of the module stands under a comment that
// says where the code is from:
//
//	<!-- from FILE NAME… -->    whole declarations, in this order
//	<!-- inside FILE NAME -->   the body of one function, one tab to the left
//	<!-- part of FILE -->       some lines of it, to the left
//
// FILE is a test, or a program of examples, so that the code compiles, and runs
// in a test. A block that says something else than the code fails;
// "go test ./internal/doctest -update" writes the code into the block. The files
// guide_*_test.go are what the pages of docs/guides are from.
//
// The links between the pages are followed, and the commands beside their claims
// have to name tests that there are.
package doctest
