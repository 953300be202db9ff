package hls

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"rounds/transcode"
)

// ErrDecrypt is returned for a segment that the key does not open: its length
// is no multiple of the block size or its padding is wrong.
var ErrDecrypt = errors.New("segment cannot be decrypted with this key")

// cryptChunk is how much of a segment is held in memory; a multiple of the
// block size.
const cryptChunk = 64 << 10

// sequenceIV is the initialisation vector of a segment whose EXT-X-KEY has no
// IV attribute: its media sequence number as a 128-bit big-endian number
// (RFC 8216 section 5.2).
func sequenceIV(sequence uint64) []byte {
	iv := make([]byte, aes.BlockSize)
	binary.BigEndian.PutUint64(iv[8:], sequence)
	return iv
}

// Encrypt copies src to dst with AES-128-CBC and PKCS#7 padding (RFC 8216
// section 4.3.2.4). The output is 1 to 16 bytes longer. Memory is bounded.
func Encrypt(dst io.Writer, src io.Reader, key transcode.ContentKey, sequence uint64) error {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return fmt.Errorf("encrypt segment: %w", err)
	}
	mode := cipher.NewCBCEncrypter(block, sequenceIV(sequence))
	buf := make([]byte, cryptChunk, cryptChunk+aes.BlockSize)
	for {
		n, err := io.ReadFull(src, buf)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return fmt.Errorf("encrypt segment: %w", err)
		}
		chunk := buf[:n]
		if last {
			chunk = pad(chunk)
		}
		mode.CryptBlocks(chunk, chunk)
		if _, err := dst.Write(chunk); err != nil {
			return fmt.Errorf("encrypt segment: %w", err)
		}
		if last {
			return nil
		}
	}
}

// pad appends PKCS#7 padding (RFC 5652 section 6.3).
func pad(b []byte) []byte {
	n := aes.BlockSize - len(b)%aes.BlockSize
	return append(b, bytes.Repeat([]byte{byte(n)}, n)...)
}

// Decrypt returns a reader of the clear bytes of an encrypted segment. At the
// end of src it checks and removes the padding; it fails with ErrDecrypt when
// that is wrong. Memory is bounded.
func Decrypt(src io.Reader, key transcode.ContentKey, sequence uint64) io.Reader {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return &decrypter{err: err} // never: the key has 16 bytes
	}
	return &decrypter{
		src:  src,
		mode: cipher.NewCBCDecrypter(block, sequenceIV(sequence)),
		buf:  make([]byte, cryptChunk),
		held: make([]byte, 0, aes.BlockSize),
	}
}

type decrypter struct {
	src   io.Reader
	mode  cipher.BlockMode
	buf   []byte
	ready []byte // decrypted, not yet handed out
	held  []byte // the last block, which may be padding
	err   error
}

// Read implements io.Reader.
func (d *decrypter) Read(p []byte) (int, error) {
	for len(d.ready) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}

// fill decrypts the next chunk and holds its last block back.
func (d *decrypter) fill() {
	n, err := io.ReadFull(d.src, d.buf)
	last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case err != nil && !last:
		d.err = err
		return
	case n%aes.BlockSize != 0:
		d.err = fmt.Errorf("%w: length is no multiple of %d", ErrDecrypt, aes.BlockSize)
		return
	}
	d.mode.CryptBlocks(d.buf[:n], d.buf[:n])
	plain := append(append(make([]byte, 0, n+aes.BlockSize), d.held...), d.buf[:n]...)
	if last {
		d.ready, d.err = unpad(plain)
		return
	}
	cut := len(plain) - aes.BlockSize
	d.ready, d.held = plain[:cut], append(d.held[:0], plain[cut:]...)
}

func unpad(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, fmt.Errorf("%w: empty", ErrDecrypt)
	}
	n := int(b[len(b)-1])
	if n < 1 || n > aes.BlockSize || n > len(b) {
		return nil, fmt.Errorf("%w: padding", ErrDecrypt)
	}
	for _, v := range b[len(b)-n:] {
		if int(v) != n {
			return nil, fmt.Errorf("%w: padding", ErrDecrypt)
		}
	}
	return b[:len(b)-n], io.EOF
}
