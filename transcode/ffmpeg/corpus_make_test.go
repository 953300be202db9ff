package ffmpeg_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What ffmpeg cannot write is made of bytes here.

// store writes content under name into a folder of the test.
func store(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// changed applies change to the bytes of a source.
func changed(source func(*testing.T) string, change func(*testing.T, []byte) []byte) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return store(t, "talk.mp4", change(t, read(t, source(t))))
	}
}

func renamed(name string, source func(*testing.T) string) func(*testing.T) string {
	return func(t *testing.T) string { t.Helper(); return store(t, name, read(t, source(t))) }
}

// noise is n bytes, the same in every run.
func noise(seed byte, n int) []byte {
	made := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(made) // never fails
	return made
}

// spoilt overwrites a stretch with noise.
func spoilt(source func(*testing.T) string, from, to float64) func(*testing.T) string {
	return changed(source, func(_ *testing.T, whole []byte) []byte {
		first, last := int(from*float64(len(whole))), int(to*float64(len(whole)))
		copy(whole[first:], noise(1, last-first))
		return whole
	})
}

func withSubtitles(t *testing.T) string {
	t.Helper()
	text := store(t, "a.srt", []byte("1\n00:00:00,000 --> 00:00:00,900\nWelcome\n"))
	chapters := store(t, "a.txt", []byte(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n"))
	return file("a.mp4", talking(), []string{"-i", text, "-i", chapters}, x264, opts("-map 0 -map 1 -map 2 -map_chapters 3 -c:s mov_text"))(t)
}

// matrix gives the picture that transformation (ISO/IEC 14496-12 section 8.3.2):
// x' = ax + cy, y' = bx + dy.
func matrix(a, b, c, d float64) func(*testing.T) string {
	return matrixOf(talking(), a, b, c, d)
}

func matrixOf(input []string, a, b, c, d float64) func(*testing.T) string {
	return changed(file("a.mp4", input, x264), func(_ *testing.T, whole []byte) []byte {
		at := bytes.Index(whole, []byte("tkhd")) - 4 + 48 // the picture is the first track
		for i, v := range []float64{a, b, 0, c, d, 0} {
			binary.BigEndian.PutUint32(whole[at+4*i:], uint32(int32(v*65536))) //nolint:gosec // G115: fixed point
		}
		return whole
	})
}

// lateTables is a broadcast that was tuned in to: what its packets are is told
// only after some of them.
func lateTables(t *testing.T) string {
	t.Helper()
	whole := read(t, file("a.ts", talking(), x264, opts("-g 5 -c:a aac"))(t))
	for at := 0; at+188 <= len(whole)/4; at += 188 {
		if pid := binary.BigEndian.Uint16(whole[at+1:]) & 0x1fff; pid == 0 || pid == 0x1000 {
			whole[at+1], whole[at+2] = 0x1f, 0xff // a null packet
		}
	}
	return store(t, "late.ts", whole)
}

// second is a second of MPEG-TS that starts at the given one.
func second(t *testing.T, start int, input []string) []byte {
	t.Helper()
	return read(t, file("a.ts", input, x264, opts(fmt.Sprintf("-c:a aac -muxdelay 0 -muxpreload 0 -output_ts_offset %d", start)))(t))
}

func changing(first, then string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return store(t, "a.ts", append(
			second(t, 1, append(canvas(first, "25", 1), tone(1)...)),
			second(t, 2, append(canvas(then, "25", 1), tone(1)...))...))
	}
}

// concatenated is two recordings, one after the other, with a clock each.
func concatenated(t *testing.T) string {
	t.Helper()
	one := second(t, 20, talking())
	return store(t, "a.ts", append(one, second(t, 1, talking())...))
}

// cutIn begins with pictures that are only there for the decoder.
func cutIn(t *testing.T) string {
	t.Helper()
	whole := file("whole.mp4", talking(), x264)(t)
	return generate(t, "a.mp4", "-ss", "0.4", "-i", whole, "-c", "copy")
}

// Box kinds that hold nothing but boxes.
var holders = map[string]bool{"moov": true, "trak": true, "mdia": true, "minf": true, "dinf": true, "stbl": true, "edts": true}

// mapBoxes rewrites every box of a kind, and the sizes of those around it.
func mapBoxes(list []byte, kind string, change func([]byte) []byte) []byte {
	var out []byte
	for len(list) >= 8 {
		size := int(binary.BigEndian.Uint32(list))
		if size < 8 || size > len(list) {
			break
		}
		name, one := string(list[4:8]), list[:size]
		switch {
		case name == kind:
			one = change(bytes.Clone(one))
		case holders[name]:
			one = box(name, mapBoxes(one[8:], kind, change))
		}
		out, list = append(out, one...), list[size:]
	}
	return append(out, list...)
}

// withBox replaces the boxes of a kind in an ordinary mp4.
func withBox(kind string, change func([]byte) []byte) func(*testing.T) string {
	return changed(file("a.mp4", talking(), x264), func(_ *testing.T, whole []byte) []byte { return mapBoxes(whole, kind, change) })
}

// elsewhere is a recording whose samples lie in another file (ISO/IEC 14496-12
// section 8.7.2).
func elsewhere(kind, location string) func(*testing.T) string {
	return withBox("dref", func([]byte) []byte {
		return box("dref", []byte{0, 0, 0, 0, 0, 0, 0, 1}, box(kind, []byte{0, 0, 0, 0}, []byte(location)))
	})
}

// alias is a Macintosh alias record for a path.
func alias(path string) string {
	record := make([]byte, 150)
	binary.BigEndian.PutUint16(record[4:], 150)
	copy(record[10:], "\x04disk")
	copy(record[50:], append([]byte{byte(len(path))}, path...)) //nolint:gosec // G115: short
	entry := func(kind uint16, text string) []byte {
		head := binary.BigEndian.AppendUint16(nil, kind)
		return append(binary.BigEndian.AppendUint16(head, uint16(len(text))), text...) //nolint:gosec // G115: short
	}
	return string(slices.Concat(record, entry(2, path), entry(18, path), []byte{0xff, 0xff, 0, 0}))
}

// element is one of EBML's (RFC 8794), with a length of eight bytes.
func element(id uint32, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	head := bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, id), "\x00")
	return append(binary.BigEndian.AppendUint64(head, 1<<56|uint64(len(body))), body...)
}

// inSegment puts an element in front of everything else in a Matroska file.
func inSegment(source func(*testing.T) string, extra []byte) func(*testing.T) string {
	return changed(source, func(_ *testing.T, whole []byte) []byte {
		at := bytes.Index(whole, []byte("\x18\x53\x80\x67")) + 4
		unknown := []byte("\x01\xff\xff\xff\xff\xff\xff\xff") // size
		return bytes.Join([][]byte{whole[:at], unknown, extra, whole[at+8:]}, nil)
	})
}

// windowsMedia9 is WMV3 (SMPTE 421M, simple profile), for which ffmpeg has no
// encoder: 25 grey pictures of 160×120, each an I picture whose blocks all
// have nothing but the DC value before them.
func windowsMedia9(t *testing.T) string {
	t.Helper()
	var frame bits
	frame.put(2, 0)    // FRMCNT
	frame.put(1, 0)    // PTYPE: I (simple profile without B frames)
	frame.put(7, 0)    // BF
	frame.put(5, 10)   // PQINDEX
	frame.put(1, 0)    // TRANSACFRM
	frame.put(1, 0)    // TRANSACFRM2
	frame.put(1, 0)    // TRANSDCTAB: low motion
	for range 10 * 8 { // macroblocks
		frame.put(1, 1) // CBPCY: nothing coded
		frame.put(1, 0) // ACPRED
		for range 4 {
			frame.put(1, 1) // DCCOEFF of luma: 0
		}
		frame.put(2, 0)
		frame.put(2, 0) // of chroma: 0
	}
	le := binary.LittleEndian
	file := le.AppendUint32(nil, 0xc5000000|25) // RCV, SMPTE 421M annex L
	file = le.AppendUint32(file, 4)
	file = append(file, 0x00, 0x01, 0x80, 0x01) // STRUCT_C: simple profile with FASTUVMC and the reserved bits that are set
	file = le.AppendUint32(le.AppendUint32(file, 120), 160)
	file = le.AppendUint32(file, 12)
	file = le.AppendUint32(file, 0)
	file = le.AppendUint32(file, 0)
	file = le.AppendUint32(file, 25)
	for i := range uint32(25) {
		file = le.AppendUint32(file, uint32(len(frame.bytes))|0x80000000) //nolint:gosec // G115: small
		file = le.AppendUint32(file, 40*i)
		file = append(file, frame.bytes...)
	}
	raw := store(t, "a.rcv", file)
	return generate(t, "a.wmv", append(append([]string{"-f", "vc1test", "-i", raw}, tone(1)...), "-c:v", "copy", "-c:a", "wmav2")...)
}

// bits is a string of bits, the highest first.
type bits struct {
	bytes []byte
	used  int
}

func (b *bits) put(n int, value uint) {
	for i := n - 1; i >= 0; i-- {
		if b.used%8 == 0 {
			b.bytes = append(b.bytes, 0)
		}
		b.bytes[len(b.bytes)-1] |= byte(value>>i&1) << (7 - b.used%8)
		b.used++
	}
}

// spoiltSamples leaves the index of a movie whole, and of its samples the given
// share.
func spoiltSamples(source func(*testing.T) string, share float64) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		whole := read(t, source(t))
		at, end := bytes.Index(whole, []byte("mdat"))+4, bytes.LastIndex(whole, []byte("moov"))-4
		at += int(share * float64(end-at))
		copy(whole[at:], noise(5, end-at))
		return store(t, "a.mp4", whole)
	}
}
