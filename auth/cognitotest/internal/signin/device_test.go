package signin

import (
	"fmt"
	"testing"
	"time"
)

// Devices that were forgotten leave nothing for ever.
func TestPendingDevicesExpire(t *testing.T) {
	t.Parallel()
	var p pendingDevices
	now := time.Unix(1_800_000_000, 0)
	most := 0
	for i := range 10 * leastSweep {
		p.put(pendingKey{"client", fmt.Sprint(i)}, pendingDevice{fmt.Sprint("session ", i), now.Add(3 * time.Minute)}, now)
		now = now.Add(time.Second)
		most = max(most, len(p.sessions))
		if before := i - 179; before >= 0 && p.get(pendingKey{"client", fmt.Sprint(before)}) == "" {
			t.Fatalf("%d is gone before its time", before)
		}
	}
	if most > 2*leastSweep {
		t.Errorf("%d at once, of which 180 were good", most)
	}
}
