package cloudfront

import "sync"

// recent remembers values by a key. It is emptied when it is full, which costs
// each value one computation more. It is safe for concurrent use.
type recent[K comparable, V any] struct {
	most   int
	mu     sync.RWMutex
	values map[K]V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, values: map[K]V{}}
}

func (r *recent[K, V]) get(key K) (V, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	value, found := r.values[key]
	return value, found
}

func (r *recent[K, V]) put(key K, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.values) >= r.most {
		clear(r.values)
	}
	r.values[key] = value
}
