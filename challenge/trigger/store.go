package trigger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// A Store remembers what outlives one sign-in: a user's failures, when a code
// was last sent, what was used already. Every operation is atomic, also between
// machines, because that is what these marks are for. Entries vanish at their
// time, whether or not they have been deleted by then.
//
// [NewMemory] keeps one in this process. Lambda runs several processes: package
// challenge/trigger/dynamo keeps one in DynamoDB.
//
// An error means that nothing is known; callers fail closed.
type Store interface {
	// Claim puts value under key until that time, if nothing is there, and
	// returns what is there now: claimed says whether it was put by this call.
	// To use something once, Claim it: whoever gets claimed is the first.
	Claim(ctx context.Context, key, value string, until time.Time) (held string, claimed bool, err error)
	// Take removes what is under key, a counter too, and returns its value.
	// found says whether there was something; of two that Take, one finds.
	Take(ctx context.Context, key string) (value string, found bool, err error)
	// Add adds n, 0 or more, to the counter under key and returns the sum. The
	// counter begins at 0 and vanishes at the time that its first Add names:
	// later ones do not prolong it. Adding 0 reads, and makes no counter.
	// Counters and what is Claimed do not share keys.
	Add(ctx context.Context, key string, n int, until time.Time) (int, error)
}

// Key makes the key of a [Store] entry from its parts, the kind of entry first,
// such as Key("duo-code", user.PoolID, user.Name, code). It is a digest: of
// bounded length, different for different parts however they are cut, and it
// shows neither usernames nor codes to who reads the table.
func Key(kind string, parts ...string) string {
	h := sha256.New()
	for _, part := range append([]string{kind}, parts...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return kind + "#" + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
