package cloudfront

import "time"

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
