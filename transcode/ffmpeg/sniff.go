package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"rounds/catalog"
	"rounds/transcode"
)

// sniff looks at a file's first bytes, before any other program does, and
// returns an *transcode.UnusableError for what is no recording. Extensions are
// not looked at: ffmpeg chooses its demuxer by content, and so does this.
func sniff(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read source: %w", err)
	}
	head = head[:n]
	switch {
	case n == 0:
		return transcode.Unusable(catalog.FailEmpty)
	case refersElsewhere(head):
		return transcode.Unusable(catalog.FailUnsafeReference)
	case isMP4(head):
		return checkMovie(f)
	case !isContainer(head):
		return transcode.Unusable(catalog.FailNotMedia)
	}
	return nil
}

// references are the beginnings of formats that name other files or hosts.
var references = []string{
	"#extm3u", "ffconcat", "[playlist]", "<?xml", "<mpd", "<smil", "<asx", "<svg", "v=0", "[reference]", "rtsptext", "file ", "mtv\n",
}

// refersElsewhere recognises playlists, manifests and concatenation scripts,
// also behind a byte-order mark, blank lines and comments.
func refersElsewhere(head []byte) bool {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for line := range strings.Lines(string(text[:min(len(text), 4096)])) {
		line = strings.ToLower(strings.TrimSpace(line))
		for _, r := range references {
			if strings.HasPrefix(line, strings.TrimSpace(r)) {
				return isText(line)
			}
		}
		if line != "" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return false
}

var textLine = regexp.MustCompile(`^[^\x00-\x08\x0e-\x1f]*$`)

func isText(line string) bool { return textLine.MatchString(line) }

// isMP4 recognises ISO base media and QuickTime files by the type of their
// first box (ISO/IEC 14496-12 section 4.2).
func isMP4(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	switch string(head[4:8]) {
	case "ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "styp", "moof", "sidx", "uuid":
		return true
	}
	return false
}

// isContainer recognises the other containers that are accepted.
func isContainer(head []byte) bool {
	switch {
	case bytes.HasPrefix(head, []byte("\x1a\x45\xdf\xa3")): // EBML: Matroska, WebM
	case bytes.HasPrefix(head, []byte("RIFF")) && len(head) > 12 && string(head[8:11]) == "AVI":
	case bytes.HasPrefix(head, []byte("\x30\x26\xb2\x75\x8e\x66\xcf\x11")): // ASF
	case bytes.HasPrefix(head, []byte("FLV\x01")):
	case isTransportStream(head):
	default:
		return false
	}
	return true
}

// isTransportStream looks for five sync bytes at the distance of MPEG-TS
// packets, plain (188), with time codes (192) or with parity (204).
func isTransportStream(head []byte) bool {
	for _, size := range []int{188, 192, 204} {
		for start := 0; start < size && start+4*size < len(head); start++ {
			found := true
			for i := range 5 {
				found = found && head[start+i*size] == 0x47
			}
			if found {
				return true
			}
		}
	}
	return false
}

// checkMovie walks the top-level boxes: without a whole moov (or a fragment's
// moof) nothing in the file can be found, which is what an interrupted
// recording or upload looks like.
func checkMovie(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var header [16]byte
	for at, boxes := int64(0), 0; at < info.Size() && boxes < 100_000; boxes++ {
		n, err := f.ReadAt(header[:], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read source: %w", err)
		}
		if n < 8 {
			break
		}
		size := boxSize(header[:n], info.Size()-at)
		if size < 8 {
			break
		}
		if string(header[4:8]) == "moov" && at+size <= info.Size() {
			return checkEncryption(io.NewSectionReader(f, at, size))
		}
		at += size
	}
	return transcode.Unusable(catalog.FailTruncated)
}

// scheme is a SchemeTypeBox with one of the protection schemes of ISO/IEC
// 23001-7, or Microsoft's earlier one. ffprobe shows such tracks as ordinary.
var scheme = regexp.MustCompile(`(?s)schm.{4}(cenc|cens|cbc1|cbcs|piff)`)

// schemeLength is how many bytes a match of scheme has.
const schemeLength = 12

// checkEncryption looks through a movie box for protected tracks, piece by
// piece: the box of a long recording has many megabytes.
func checkEncryption(moov io.Reader) error {
	window := make([]byte, 0, 1<<20)
	for {
		n, err := moov.Read(window[len(window):cap(window)])
		window = window[:len(window)+n]
		if scheme.Match(window) {
			return transcode.Unusable(catalog.FailEncrypted)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read source: %w", err)
		}
		keep := min(len(window), schemeLength-1)
		window = append(window[:0], window[len(window)-keep:]...)
	}
}

// boxSize reads a box header: 32 bits, 64 bits after a 1, or to the end of
// the file after a 0. It returns 0 for a header that is cut.
func boxSize(header []byte, left int64) int64 {
	switch size := int64(binary.BigEndian.Uint32(header)); size {
	case 0:
		return left
	case 1:
		if len(header) < 16 {
			return 0
		}
		large := binary.BigEndian.Uint64(header[8:])
		return int64(min(large, 1<<62))
	default:
		return size
	}
}
