package operation

import (
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// mostItems is the largest page of every list, and the size of one that does not
// say (API reference).
const mostItems = 60

// pageSize reads the size of a page. Zero means the largest where the operation
// takes it.
func pageSize(name string, given *int32, least int32) (int, error) {
	return sizeUpTo(mostItems, name, given, least)
}

// sizeUpTo is pageSize where the largest page is another.
func sizeUpTo(most int32, name string, given *int32, least int32) (int, error) {
	switch {
	case given == nil:
		return int(most), nil
	case *given < least || *given > most:
		return 0, wire.InvalidParameter("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must be between %d and %d",
			strings.ToLower(name[:1])+name[1:], least, most)
	case *given == 0:
		return int(most), nil
	}
	return int(*given), nil
}

// page cuts one page out of a list in order of its keys; the token is the key
// that the page before ended with. What was added or removed between two pages is
// seen or not, and nothing is seen twice.
func page[T any](list []T, key func(T) string, token *string, limit int) (items []T, next *string) {
	at, found := slices.BinarySearchFunc(list, str(token), func(item T, k string) int { return strings.Compare(key(item), k) })
	if found {
		at++
	}
	list = list[at:]
	if len(list) <= limit {
		return list, nil
	}
	return list[:limit], ptr(key(list[limit-1]))
}
