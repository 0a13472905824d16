package measure

import (
	"os"
	"regexp"
)

// CPUModel is what this machine's processor calls itself, or "unknown".
func CPUModel() string { return firstMatch("/proc/cpuinfo", `model name\s*: (.*)`) }

// LoadAverage is the load average of the last minute, or "unknown".
func LoadAverage() string { return firstMatch("/proc/loadavg", `^(\S+)`) }

// firstMatch finds something in a file of Linux; other systems have none.
func firstMatch(file, pattern string) string {
	text, err := os.ReadFile(file)
	if m := regexp.MustCompile(pattern).FindSubmatch(text); err == nil && m != nil {
		return string(m[1])
	}
	return "unknown"
}
