package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// APIToken is a machine's key as it is listed: without the secret.
type APIToken struct {
	ID         string
	Name       string
	Roles      []Role
	Scopes     []Scope // nil: all that its roles may
	CreatedBy  string
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time // to the minute
	RevokedAt  *time.Time
}

const (
	tokenPrefix = "rnd_"
	tokenLength = len(tokenPrefix) + 43 // 256 bits in base64url
)

// NewAPIToken mints a token: "rnd_" and 256 random bits. It is shown once and
// stored as HashAPIToken only.
func NewAPIToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
}

// HashAPIToken is what a token is stored and found by. ok is false when the
// string cannot be a token, so that no query is needed.
func HashAPIToken(token string) (hash []byte, ok bool) {
	sum := sha256.Sum256([]byte(token))
	return sum[:], len(token) == tokenLength && strings.HasPrefix(token, tokenPrefix)
}
