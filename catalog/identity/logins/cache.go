package logins

import (
	"crypto/sha256"
	"sync"
	"time"

	"rounds/catalog/identity"
)

// maxCached bounds the cache; beyond it everything is read again.
const maxCached = 100_000

// cache remembers for a moment who carries a secret. It holds hashes only.
type cache struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[[sha256.Size]byte]cached
}

type cached struct {
	principal identity.Principal
	until     time.Time
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, entries: map[[sha256.Size]byte]cached{}}
}

func (c *cache) get(secret string) (identity.Principal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, ok := c.entries[sha256.Sum256([]byte(secret))]
	return entry.principal, ok && c.now().Before(entry.until)
}

func (c *cache) put(secret string, p identity.Principal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= maxCached {
		clear(c.entries)
	}
	c.entries[sha256.Sum256([]byte(secret))] = cached{principal: p, until: c.now().Add(cacheLife)}
}

func (c *cache) forget(secret string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, sha256.Sum256([]byte(secret)))
}
