package catalog

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"
)

// TestFallbackStreamSeeks: from any byte on it is the stream from the start.
func TestFallbackStreamSeeks(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef")
	whole := make([]byte, 5000)
	stream, err := FallbackStream(key, 0)
	if err != nil {
		t.Fatal(err)
	}
	stream.XORKeyStream(whole, whole)
	if bytes.Equal(whole, make([]byte, len(whole))) {
		t.Fatal("nothing is encrypted")
	}
	for _, at := range []int{0, 1, 15, 16, 17, 31, 32, 4095, 4999} {
		part := make([]byte, len(whole)-at)
		stream, err := FallbackStream(key, int64(at))
		if err != nil {
			t.Fatal(err)
		}
		stream.XORKeyStream(part, part)
		if !bytes.Equal(part, whole[at:]) {
			t.Errorf("from byte %d on it is another stream", at)
		}
	}
}

// TestFallbackStreamHasAKeyOfItsOwn: it never meets the cipher of the segments.
func TestFallbackStreamHasAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	streams := map[[16]byte]bool{}
	for _, key := range []string{"0123456789abcdef", "0123456789abcdeg"} {
		var first [16]byte
		stream, err := FallbackStream([]byte(key), 0)
		if err != nil {
			t.Fatal(err)
		}
		stream.XORKeyStream(first[:], first[:])
		streams[first] = true
	}
	if len(streams) != 2 {
		t.Error("two keys give one stream")
	}
	for _, bad := range []struct {
		key    string
		offset int64
	}{{"short", 0}, {"0123456789abcdef", -1}} {
		if _, err := FallbackStream([]byte(bad.key), bad.offset); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestCounterCarries compares with the standard library's own counting.
func TestCounterCarries(t *testing.T) {
	t.Parallel()
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.Repeat([]byte{0xff}, 16)
	first[15] = 0xfd
	want := make([]byte, 10*16)
	cipher.NewCTR(block, first).XORKeyStream(want, want)
	for n := range uint64(10) {
		got := make([]byte, 16)
		cipher.NewCTR(block, counterAt(first, n)).XORKeyStream(got, got)
		if !bytes.Equal(got, want[n*16:n*16+16]) {
			t.Fatalf("block %d", n)
		}
	}
}
