//go:build !unix

package lambda

import "os/exec"

// Without process groups the children of a function are its own business.
func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
