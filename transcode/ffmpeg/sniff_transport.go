package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"rounds/catalog"
	"rounds/transcode"
)

// checkTransport looks at packets in three places of an MPEG-TS for the flags
// of scrambling (ISO/IEC 13818-1 section 2.4.3.3): broadcasters leave the
// tables in clear, so that such a file looks whole.
func checkTransport(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	part := make([]byte, 1<<20)
	scrambled, all := 0, 0
	for third := range int64(3) {
		n, err := f.ReadAt(part, max(0, info.Size()-int64(len(part)))*third/2)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read source: %w", err)
		}
		s, a := countScrambled(part[:n])
		scrambled, all = scrambled+s, all+a
	}
	if 2*scrambled > all {
		return transcode.Unusable(catalog.FailEncrypted)
	}
	return nil
}

// countScrambled counts packets with a payload that is no table's.
func countScrambled(part []byte) (scrambled, all int) {
	size, start := packetSize(part)
	if size == 0 {
		return 0, 0
	}
	for at := start; at+4 <= len(part); at += size {
		pid := binary.BigEndian.Uint16(part[at+1:]) & 0x1fff
		if part[at] != 0x47 || pid < 0x20 || pid == 0x1fff || part[at+3]&0x10 == 0 {
			continue
		}
		all++
		if part[at+3]&0xc0 != 0 {
			scrambled++
		}
	}
	return scrambled, all
}

// Objects in the header of ASF files that say that the content is protected.
var protectionASF = []string{
	"\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e", // Content Encryption Object
	"\x14\xe6\x8a\x29\x22\x26\x17\x4c\xb9\x35\xda\xe0\x7e\xe9\x28\x9c", // Extended Content Encryption Object
	"\x33\x85\x05\x43\x81\x69\xe6\x49\x9b\x74\xad\x12\xcb\x86\xd5\x8c", // Advanced Content Encryption Object
}

func checkASF(head []byte) error {
	for _, object := range protectionASF {
		if bytes.Contains(head, []byte(object)) {
			return transcode.Unusable(catalog.FailEncrypted)
		}
	}
	return nil
}
