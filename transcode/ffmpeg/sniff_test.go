package ffmpeg

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"rounds/transcode"
)

// FuzzSniff: whatever a file holds, looking into it ends, with a verdict for
// the presenter or none.
func FuzzSniff(f *testing.F) {
	for _, seed := range []string{
		"", "#EXTM3U\n/etc/passwd", "ID3\x04", "\xff\xfb\x90\x00", "RIFF\x00\x00\x00\x00WAVEfmt ",
		"\x00\x00\x00\x08ftyp\x00\x00\x00\x00moov", "\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xf0",
		"\x00\x00\x00\x10moov\x00\x00\x00\x00trak", "\x00\x00\x00\x10moov\x00\x00\x00\x08rmra",
		"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x16\x54\xae\x6b\x84\xae\x82\x6d\x80",
		"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x80", "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "OggS\x00OpusHead",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var unusable *transcode.UnusableError
		if err := sniff(path); err != nil && !errors.As(err, &unusable) {
			t.Errorf("%q: %v", content, err)
		}
	})
}
