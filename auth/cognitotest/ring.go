package cognitotest

// A ring keeps the newest things of many, so that a pool which runs for weeks does
// not grow. The zero ring keeps nothing: most must be set.
type ring[T any] struct {
	most  int
	items []T
	next  int // where the next one goes when all places are taken
}

func (r *ring[T]) add(item T) {
	if len(r.items) < r.most {
		r.items = append(r.items, item)
		return
	}
	r.items[r.next] = item
	r.next = (r.next + 1) % r.most
}

// all returns them, oldest first, as a list of their own.
func (r *ring[T]) all() []T {
	list := make([]T, 0, len(r.items))
	return append(append(list, r.items[r.next:]...), r.items[:r.next]...)
}
