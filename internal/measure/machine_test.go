package measure

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMachine(t *testing.T) {
	t.Parallel()
	if CPUModel() == "" || LoadAverage() == "" {
		t.Errorf("CPU %q, load %q", CPUModel(), LoadAverage())
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("a: 1\nb: 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]string{`b: (\d)`: "2", `c: (\d)`: "unknown"} {
		if got := firstMatch(file, pattern); got != want {
			t.Errorf("%s: %q", pattern, got)
		}
	}
	if got := firstMatch(file+"x", `(.)`); got != "unknown" {
		t.Errorf("of no file: %q", got)
	}
}
