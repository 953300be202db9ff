package playback

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"rounds/catalog"
)

// counting is a store that counts how often and how much it is read.
type counting struct {
	io.ReaderAt
	reads, largest int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.reads, c.largest = c.reads+1, max(c.largest, len(p))
	return c.ReaderAt.ReadAt(p, off)
}

func storedFallback(t *testing.T, size int) (clearText []byte, stored *counting) {
	t.Helper()
	clearText = make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(clearText)
	sealed := make([]byte, size)
	stream, err := catalog.FallbackStream(fallbackKey, 0)
	if err != nil {
		t.Fatal(err)
	}
	stream.XORKeyStream(sealed, clearText)
	return clearText, &counting{ReaderAt: bytes.NewReader(sealed)}
}

var fallbackKey = []byte("0123456789abcdef")

// TestFallbackReads: in any way it is read, it is the clear file; and one window
// at a time is taken from the storage.
func TestFallbackReads(t *testing.T) {
	t.Parallel()
	want, stored := storedFallback(t, 3*fallbackWindow+1001)
	file := NewFallback(stored, int64(len(want)), fallbackKey)
	got, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
	if err != nil || !bytes.Equal(got, want) || stored.reads != 4 || stored.largest != fallbackWindow {
		t.Fatalf("%d bytes in %d reads of at most %d: %v", len(got), stored.reads, stored.largest, err)
	}
	for _, from := range []int64{0, 1, 15, fallbackWindow - 1, fallbackWindow + 7, file.Size() - 1, file.Size()} {
		part := io.NewSectionReader(file, from, file.Size()-from)
		if err := iotest.TestReader(part, want[from:]); err != nil {
			t.Errorf("from %d: %v", from, err)
		}
	}
}

func TestFallbackOfAStoreThatFails(t *testing.T) {
	t.Parallel()
	want, stored := storedFallback(t, 5000)
	broken := errors.New("storage")
	for name, test := range map[string]struct {
		stored io.ReaderAt
		want   error
	}{
		"shorter than said": {bytes.NewReader(want[:4000]), io.ErrUnexpectedEOF},
		"gone":              {failing{broken}, broken},
	} {
		if err := NewFallback(test.stored, 5000, fallbackKey).Load(0); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := NewFallback(stored, 5000, []byte("short")).Load(0); err == nil {
		t.Error("a key of 5 bytes opens it")
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }
