package cloudfront

import (
	"crypto/sha256"
	"strconv"
)

// maxKnown bounds the memory of verified grants; it is emptied when full, which
// costs one verification a grant.
const maxKnown = 4096

// grantName names a grant by everything its signature depends on.
type grantName [sha256.Size]byte

// name is that of the grant for a URL. The URL counts only for a canned policy,
// which is made from it; each part is preceded by its length, so that no two
// grants are spelled alike.
func (g grant) name(resource string) grantName {
	if g.policy != "" {
		resource = ""
	}
	b := make([]byte, 0, 1024)
	for _, part := range [...]string{g.keyID, g.hash, g.policy, g.expires, g.signature, resource} {
		b = append(strconv.AppendInt(b, int64(len(part)), 10), ':')
		b = append(b, part...)
	}
	return sha256.Sum256(b)
}
