package ffmpeg

import (
	"bytes"
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
	case bytes.HasPrefix(head, []byte(matroskaMagic)):
		return checkMatroska(f)
	case bytes.HasPrefix(head, []byte(asfMagic)):
		return checkASF(head)
	case isTransportStream(head):
		return checkTransport(f)
	case isSound(head):
		return transcode.Unusable(catalog.FailNoVideo)
	case !isOtherContainer(head):
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

// The beginnings of Matroska (and WebM) and of ASF files.
const (
	matroskaMagic = "\x1a\x45\xdf\xa3"
	asfMagic      = "\x30\x26\xb2\x75\x8e\x66\xcf\x11"
)

// isOtherContainer recognises the containers that are accepted and not looked
// into.
func isOtherContainer(head []byte) bool {
	return bytes.HasPrefix(head, []byte("FLV\x01")) || isRIFF(head, "AVI")
}

func isRIFF(head []byte, kind string) bool {
	return bytes.HasPrefix(head, []byte("RIFF")) && len(head) > 12 && string(head[8:11]) == kind
}

// isSound recognises files that can hold nothing but sound, so that their
// presenter is told what is missing.
func isSound(head []byte) bool {
	for _, magic := range []string{"ID3", "fLaC", "#!AMR", ".snd", "FORM"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	first := head[:min(len(head), 4096)]
	switch {
	case isRIFF(head, "WAV"):
	case bytes.HasPrefix(head, []byte("OggS")) && (bytes.Contains(first, []byte("OpusHead")) || bytes.Contains(first, []byte("\x01vorbis"))) &&
		!bytes.Contains(first, []byte("\x80theora")):
	case len(head) > 4 && head[0] == 0xff && head[1]&0xe0 == 0xe0 && isFrameOfSound(head):
	default:
		return false
	}
	return true
}

// isFrameOfSound checks the rest of the header of an MPEG audio frame (ISO/IEC
// 11172-3 section 2.4.1.3) or an ADTS frame (ISO/IEC 13818-7 section 6.2).
func isFrameOfSound(head []byte) bool {
	if layer := head[1] >> 1 & 3; layer == 0 {
		return head[1]&0xf0 == 0xf0 && head[2]>>2&0xf < 13
	}
	return head[1]>>3&3 != 1 && head[2]>>4 != 0xf && head[2]>>2&3 != 3
}

// isTransportStream recognises MPEG-TS.
func isTransportStream(head []byte) bool {
	size, _ := packetSize(head)
	return size > 0
}

// packetSize looks for five sync bytes at the distance of MPEG-TS packets,
// plain (188), with time codes (192) or with parity (204). It gives 0 when
// there are none, and where the first is.
func packetSize(part []byte) (size, start int) {
	for _, size := range []int{188, 192, 204} {
		for start := 0; start < size && start+4*size < len(part); start++ {
			found := true
			for i := range 5 {
				found = found && part[start+i*size] == 0x47
			}
			if found {
				return size, start
			}
		}
	}
	return 0, 0
}
