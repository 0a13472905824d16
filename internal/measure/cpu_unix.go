//go:build unix

package measure

import (
	"fmt"
	"syscall"
	"time"
)

// CPU returns the CPU time that this process has taken so far, the garbage
// collector's included.
func CPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(fmt.Sprint("measure: getrusage: ", err)) // it has no reason to fail
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
