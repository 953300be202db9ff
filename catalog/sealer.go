package catalog

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// Sealer encrypts small secrets (content keys, one-time codes in the outbox)
// before they are stored: AES-256-GCM with a random nonce in front
// (NIST SP 800-38D). It is safe for concurrent use.
type Sealer struct{ aead cipher.AEAD }

// NewSealer takes a master key of exactly 32 bytes.
func NewSealer(masterKey []byte) (*Sealer, error) {
	if len(masterKey) != 32 {
		return nil, fmt.Errorf("master key has %d bytes, want 32", len(masterKey))
	}
	block, err := aes.NewCipher(masterKey)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: aead}, nil
}

// Seal encrypts secret. The same context string must be given to Open: it
// binds the ciphertext to the row it is stored in.
func (s *Sealer) Seal(secret []byte, context string) []byte {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(secret)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	return s.aead.Seal(nonce, nonce, secret, []byte(context))
}

// Open decrypts what Seal returned. It fails when the key, the context or a bit differs.
func (s *Sealer) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < s.aead.NonceSize() {
		return nil, errors.New("sealed secret is too short")
	}
	n := s.aead.NonceSize()
	return s.aead.Open(nil, sealed[:n], sealed[n:], []byte(context))
}
