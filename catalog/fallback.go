package catalog

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// FallbackStream returns the cipher that turns the bytes of a recording's
// Fallback from clear to stored and back, from the byte at offset on. key is
// the content key.
//
// It is AES-128 in counter mode (NIST SP 800-38A section 6.5), because players
// ask for a progressive file by byte ranges: in this mode each byte can be
// decrypted alone, and the stored file is as long as the clear one. Counter
// mode must never use a counter block twice under one key. Both the AES key and
// the first counter block are derived from the content key (HKDF, RFC 5869),
// which gives that without keeping anything beside the file:
//
//   - a content key belongs to one attempt at one recording, whose prefix has
//     one such file that is never written again, so there is one key stream for
//     one clear text;
//   - the segments are encrypted under the content key itself (AES-128-CBC).
//     Under a key of its own, no counter block here can be a cipher block there.
//
// As with the segments, nobody's changes to the file would be noticed: only the
// worker can write to the bucket, and checksums are compared after writing.
func FallbackStream(key []byte, offset int64) (cipher.Stream, error) {
	if len(key) != 16 || offset < 0 {
		return nil, fmt.Errorf("key of %d bytes, offset %d", len(key), offset)
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "rounds "+Fallback, 2*aes.BlockSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived[:aes.BlockSize])
	if err != nil {
		return nil, err
	}
	stream := cipher.NewCTR(block, counterAt(derived[aes.BlockSize:], uint64(offset/aes.BlockSize)))
	skip := make([]byte, offset%aes.BlockSize)
	stream.XORKeyStream(skip, skip)
	return stream, nil
}

// counterAt is the counter block n blocks after first, a 128-bit number.
func counterAt(first []byte, n uint64) []byte {
	low, carry := bits.Add64(binary.BigEndian.Uint64(first[8:]), n, 0)
	high, _ := bits.Add64(binary.BigEndian.Uint64(first), 0, carry)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, high), low)
}
