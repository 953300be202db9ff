package cloudfront

import (
	"sync"
	"time"
)

const (
	// shareGrants is how much sooner than asked for a shared grant may end.
	shareGrants = 30 * time.Second
	// maxGrants bounds the cache; it is emptied when full, which costs one
	// signature a recording.
	maxGrants = 4096
)

// signedGrant is a signed policy for a prefix.
type signedGrant struct {
	policy, signature, keyID string
	expires                  time.Time
}

// grantCache keeps the newest grant of each prefix.
type grantCache struct {
	mu     sync.Mutex
	grants map[string]signedGrant
}

func newGrantCache() *grantCache { return &grantCache{grants: map[string]signedGrant{}} }

func (c *grantCache) get(prefix string) (signedGrant, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, found := c.grants[prefix]
	return g, found
}

func (c *grantCache) put(prefix string, g signedGrant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.grants) >= maxGrants {
		clear(c.grants)
	}
	c.grants[prefix] = g
}
