package hls

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"rounds/transcode"
)

func drawKey(t *rapid.T) (key transcode.ContentKey) {
	copy(key[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
	return key
}

// drawMedia favours lengths around the edges of blocks and chunks.
func drawMedia(t *rapid.T) []byte {
	size := rapid.OneOf(rapid.IntRange(0, 80), rapid.IntRange(cryptChunk-20, cryptChunk+20), rapid.IntRange(2*cryptChunk-20, 2*cryptChunk+20)).Draw(t, "size")
	return bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 7, 7).Draw(t, "pattern"), size/7+1)[:size]
}

func TestEncryptIsPlainCBC(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key, media, sequence := drawKey(t), drawMedia(t), rapid.Uint64().Draw(t, "sequence")
		var out bytes.Buffer
		if err := Encrypt(&out, iotest.HalfReader(bytes.NewReader(media)), key, sequence); err != nil {
			t.Fatal(err)
		}
		sealed := bytes.Clone(out.Bytes())
		block, _ := aes.NewCipher(key[:])
		plain := make([]byte, len(sealed))
		cipher.NewCBCDecrypter(block, sequenceIV(sequence)).CryptBlocks(plain, sealed)
		padding := len(plain) - len(media)
		if !bytes.Equal(plain[:len(media)], media) || padding < 1 || padding > 16 || int(plain[len(plain)-1]) != padding {
			t.Fatalf("not AES-128-CBC with PKCS#7 of the input")
		}
		back, err := io.ReadAll(Decrypt(iotest.DataErrReader(bytes.NewReader(sealed)), key, sequence))
		if err != nil || !bytes.Equal(back, media) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func TestDecryptRefuses(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Encrypt(&out, bytes.NewReader(make([]byte, 100)), testKey, 7); err != nil {
		t.Fatal(err)
	}
	sealed := out.Bytes()
	for name, broken := range map[string][]byte{"empty": nil, "cut": sealed[:99], "cut to a block": sealed[:96]} {
		if _, err := io.ReadAll(Decrypt(bytes.NewReader(broken), testKey, 7)); !errors.Is(err, ErrDecrypt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := io.ReadAll(Decrypt(iotest.ErrReader(io.ErrClosedPipe), testKey, 7)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("read error: %v", err)
	}
}
