package ffmpeg_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

// refused gives the failure a file ends with, the zero one when it is accepted.
func refused(t *testing.T, path string) catalog.Failure {
	t.Helper()
	probe, err := newTool(t).Probe(t.Context(), path)
	var unusable *transcode.UnusableError
	if errors.As(err, &unusable) {
		return unusable.Failure
	}
	if err != nil {
		t.Fatalf("probe: %v", err)
	}
	if _, failure := transcode.Judge(probe); failure != nil {
		return *failure
	}
	t.Logf("probe %+v, video %+v, audio %+v", probe, probe.Video, probe.Audio)
	return catalog.Failure{}
}

func badFiles() []bad {
	return slices.Concat(badReferences(), badKinds(), badMovies(), badBombs(), badLocks())
}

// badReferences are files that name others: to be read on the server, or
// asked of hosts that only the server can reach.
func badReferences() []bad {
	text := func(name, content string) bad {
		return bad{name, written(content), catalog.FailUnsafeReference}
	}
	mkv := file("a.mkv", talking(), x264)
	return []bad{
		text("HLS playlist of a local file", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n"),
		text("HLS playlist of a host", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://169.254.169.254/latest/meta-data/\n#EXT-X-ENDLIST\n"),
		text("HLS playlist behind a byte-order mark", "\xef\xbb\xbf\r\n#EXTM3U\nhttp://169.254.169.254/\n"),
		text("HLS playlist behind blank lines", "\n\n   \n#extm3u\n/etc/passwd\n"),
		text("concat script", "ffconcat version 1.0\nfile other.mp4\n"),
		text("concat script of the old kind", "file '/etc/passwd'\n"),
		text("concat script behind a comment", "# a talk\n\nffconcat version 1.0\nfile /etc/passwd\n"),
		text("DASH manifest", `<?xml version="1.0"?><MPD><Period><BaseURL>http://127.0.0.1/</BaseURL></Period></MPD>`),
		text("DASH manifest without a declaration", `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>`),
		text("session description", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"),
		text("Windows Media playlist", "<ASX version=\"3.0\"><Entry><Ref href=\"http://127.0.0.1/\"/></Entry></ASX>"),
		text("Winamp playlist", "[playlist]\nFile1=/etc/passwd\n"),
		text("ASF redirector", "[Reference]\r\nRef1=http://127.0.0.1/a.asf\r\n"),
		text("SMIL", "<smil><body><video src=\"/etc/passwd\"/></body></smil>"),
		text("SVG", `<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>`),
		text("QuickTime text link", "RTSPtext\nrtsp://127.0.0.1/a\n"),
		{"mov with samples in a local file", elsewhere("url ", "file:///etc/passwd\x00"), catalog.FailUnsafeReference},
		{"mov with samples on a host", elsewhere("url ", "http://127.0.0.1/secret\x00"), catalog.FailUnsafeReference},
		{"mov with samples in a named resource", elsewhere("urn ", "urn:x\x00http://127.0.0.1/\x00"), catalog.FailUnsafeReference},
		{"mov with an alias", elsewhere("alis", alias("/etc/passwd")), catalog.FailUnsafeReference},
		{"QuickTime reference movie", written(string(slices.Concat(box("ftyp", []byte("qt  \x00\x00\x00\x00")), box("moov",
			box("rmra", box("rmda", box("rdrf", []byte("\x00\x00\x00\x00url \x00\x00\x00\x10http://127.0.0.1")))))))), catalog.FailUnsafeReference},
		{"mkv that continues in another file", inSegment(mkv, element(0x1043a770, element(0x45b9, element(0xb6, element(0x6e67, bytes.Repeat([]byte{7}, 16)))))), catalog.FailUnsafeReference},
	}
}

// badKinds are no recordings at all.
func badKinds() []bad {
	noise := noise(3, 4096)
	text := func(name, content string) bad { return bad{name, written(content), catalog.FailNotMedia} }
	return []bad{
		{"empty", written(""), catalog.FailEmpty},
		text("one byte", "\x00"),
		text("one letter", "a"),
		text("letter", "Dear colleagues,\nplease find my talk."),
		text("noise", string(noise)),
		text("zeros", strings.Repeat("\x00", 4096)),
		text("PDF", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
		text("PostScript", "%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n"),
		text("ZIP or slides of PowerPoint", "PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml"),
		text("old slides of PowerPoint", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
		text("HTML", "<!DOCTYPE html><html><video src=\"file:///etc/passwd\"></html>"),
		text("pattern of pictures", "frame%03d.png\n"),
		text("subtitles that name a file", "[Script Info]\nScriptType: v4.00+\nAudio URI: /etc/passwd\n"),
		text("index of subtitles", "# VobSub index file, v7\nid: en, index: 0\n"),
		text("address", "http://127.0.0.1/talk.mp4"),
		text("HEIC photo", string(slices.Concat(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), box("meta", []byte{0, 0, 0, 0}), box("mdat", noise)))),
		text("WebP", "RIFF\x24\x00\x00\x00WEBPVP8 "),
		{"PNG", file("a.png", quartered(), opts("-frames:v 1")), catalog.FailNotMedia},
		{"GIF", file("a.gif", quartered(), opts("-frames:v 5")), catalog.FailNotMedia},
		{"JPEG", file("a.jpg", quartered(), opts("-frames:v 1")), catalog.FailNotMedia},
		{"MP3", file("a.mp3", tone(1)), catalog.FailNoVideo},
		{"MP3 without a header", file("a.mp3", tone(1), opts("-id3v2_version 0 -write_xing 0")), catalog.FailNoVideo},
		{"MP3 with a cover", file("a.mp3", tone(1), quartered(), opts("-map 0 -map 1 -c:v mjpeg -frames:v 1")), catalog.FailNoVideo},
		{"WAV", file("a.wav", tone(1)), catalog.FailNoVideo},
		{"FLAC", file("a.flac", tone(1)), catalog.FailNoVideo},
		{"Opus", file("a.opus", tone(1)), catalog.FailNoVideo},
		{"AAC", file("a.aac", tone(1)), catalog.FailNoVideo},
		{"sound in mp4", file("a.m4a", tone(1)), catalog.FailNoVideo},
		{"sound in Matroska", file("a.mka", tone(1)), catalog.FailNoVideo},
		{"sound in wma", file("a.wma", tone(1)), catalog.FailNoVideo},
		{"sound only, real", real("audio_only.mov"), catalog.FailNoVideo},
		{"sound with a cover", file("a.mp4", tone(1), quartered(), opts("-map 0 -map 1 -frames:v 1 -c:v mjpeg -disposition:v:0 attached_pic")), catalog.FailNoVideo},
		{"codec that is not accepted", file("a.avi", talking(), opts("-c:v cinepak")), catalog.FailUnsupported},
	}
}

// badMovies are recordings of which too little is left.
func badMovies() []bad {
	talk := slices.Concat(canvas("160x120", "10", 20), tone(20), x264)
	mp4, front := file("a.mp4", talk), file("a.mp4", talk, opts("-movflags +faststart"))
	return []bad{
		{"recorder crashed: no index", cut(mp4, 0.5), catalog.FailTruncated},
		{"upload cut: index in front", cut(front, 0.5), catalog.FailTruncated},
		{"upload cut within the index", cut(front, 0.01), catalog.FailTruncated},
		{"upload cut: Matroska", cut(file("a.mkv", talk), 0.5), catalog.FailTruncated},
		{"first bytes only", cut(mp4, 0.0005), catalog.FailTruncated},
		{"header only", written(string(box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2avc1mp41")))), catalog.FailTruncated},
		{"index without samples", file("a.mp4", talking(), x264, opts("-movflags +frag_keyframe+empty_moov -frames:v 0 -frames:a 0")), catalog.FailTruncated},
		{"a picture of 0×0", noSize, catalog.FailUnsupported},
		{"pictures of nothing but noise", spoiltSamples(file("a.mp4", talking(), x264), 0), catalog.FailDamaged},
		{"too short", file("a.mp4", canvas("160x120", "25", 0.2), x264), catalog.FailTooShort},
	}
}

// badBombs are small files that become large, long or many.
func badBombs() []bad {
	avi := file("a.avi", canvas("160x120", "25", 1), opts("-c:v mjpeg -pix_fmt yuvj420p"))
	return []bad{
		{"too large", file("a.mkv", opts("-f lavfi -i color=s=6000x3000:r=1:d=1 -c:v mjpeg")), catalog.FailTooLarge},
		{"32 k × 32 k in QuickTime Animation", sized(file("a.mov", talking(), opts("-c:v qtrle")), 32767, 32767), catalog.FailTooLarge},
		{"pictures larger than their container says", changed(avi, func(_ *testing.T, whole []byte) []byte {
			for at := 0; ; {
				next := bytes.Index(whole[at:], []byte("\xff\xc0\x00\x11\x08")) // SOF0
				if next < 0 {
					return whole
				}
				at += next + 5
				copy(whole[at:], "\xff\x00\xff\x00")
			}
		}), catalog.FailTooLarge},
		{"a picture that lasts for years", changed(file("a.mp4", talking(), x264, opts("-use_editlist 0")), func(_ *testing.T, whole []byte) []byte {
			return mapBoxes(whole, "stts", func([]byte) []byte {
				return box("stts", []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 25, 0x70, 0, 0, 0})
			})
		}), catalog.FailTooLong},
		{"thousands of tracks", written(string(slices.Concat(box("ftyp", []byte("isom\x00\x00\x02\x00isom")), box("moov", mvhd(), bytes.Repeat(trak(), 3000))))), catalog.FailTooManyStreams},
		{"forty tracks", file("a.mkv", talking(), x264, strings.Fields("-map 0"+strings.Repeat(" -map 1", 40)+" -c:a pcm_u8")), catalog.FailTooManyStreams},
		{"thousands of samples that are not there", withBox("stsz", func([]byte) []byte {
			return box("stsz", []byte{0, 0, 0, 0, 0, 0, 0, 9, 0x7f, 0xff, 0xff, 0xff})
		}), catalog.FailTruncated},
		{"boxes in boxes in boxes", written(string(slices.Concat(box("ftyp", []byte("isom\x00\x00\x02\x00isom")), nested(5000)))), catalog.FailNotMedia},
		{"boxes without end", written(string(slices.Concat(box("ftyp", []byte("isom\x00\x00\x02\x00isom")), bytes.Repeat(box("free"), 200_000)))), catalog.FailTruncated},
		{"a box that ends before it begins", written(string(slices.Concat(box("ftyp", []byte("isom\x00\x00\x02\x00isom")), []byte("\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xf0")))), catalog.FailTruncated},
		{"a packed index that unpacks to a gigabyte", written(string(slices.Concat(box("ftyp", []byte("qt  \x00\x00\x00\x00")), packedIndex()))), catalog.FailUnsupported},
		{"elements in elements in elements", written(string(slices.Concat(element(0x1a45dfa3, element(0x4282, []byte("matroska"))), element(0x18538067, nestedTags(200))))), catalog.FailNotMedia},
		{"absurd times", changed(file("a.mkv", talking(), x264, opts("-g 5 -cluster_time_limit 100")), func(_ *testing.T, whole []byte) []byte {
			at := bytes.LastIndex(whole, []byte("\x1f\x43\xb6\x75")) // the last cluster
			at += bytes.Index(whole[at:], []byte("\xe7"))            // its time, in ms
			size := int(whole[at+1] & 0x7f)
			for i := range size {
				whole[at+2+i] = 0x7f
			}
			return whole
		}), ""},
	}
}

// badLocks are protected recordings.
func badLocks() []bad {
	cenc := opts("-encryption_scheme cenc-aes-ctr -encryption_key 76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8")
	return []bad{
		{"encrypted mp4", file("a.mp4", talking(), x264, cenc), catalog.FailEncrypted},
		{"encrypted and fragmented mp4", file("a.mp4", talking(), x264, cenc, opts("-movflags +frag_keyframe+empty_moov+default_base_moof")), catalog.FailEncrypted},
		{"scrambled MPEG-TS", changed(file("a.ts", talking(), x264), func(_ *testing.T, whole []byte) []byte {
			for at := 0; at+188 <= len(whole); at += 188 {
				if pid := binary.BigEndian.Uint16(whole[at+1:]) & 0x1fff; pid >= 0x100 && pid < 0x1fff {
					whole[at+3] |= 0x80
				}
			}
			return whole
		}), catalog.FailEncrypted},
		{"encrypted WebM", encryptedWebM, catalog.FailEncrypted},
		{"protected Windows Media", protectedASF, catalog.FailEncrypted},
	}
}

// sized rewrites what a QuickTime file says of its picture's size.
func sized(source func(*testing.T) string, width, height uint16) func(*testing.T) string {
	return changed(source, func(_ *testing.T, whole []byte) []byte {
		return mapBoxes(whole, "stsd", func(b []byte) []byte {
			if string(b[20:24]) != "mp4a" && len(b) > 52 && string(b[16+4:16+8]) != "sowt" {
				binary.BigEndian.PutUint16(b[16+32:], width)
				binary.BigEndian.PutUint16(b[16+34:], height)
			}
			return b
		})
	})
}

func noSize(t *testing.T) string {
	t.Helper()
	return sized(file("a.mov", quartered(), opts("-c:v qtrle")), 0, 0)(t)
}

func mvhd() []byte {
	body := make([]byte, 100)
	binary.BigEndian.PutUint32(body[12:], 1000)
	return box("mvhd", body)
}

// trak is a sound track without samples.
func trak() []byte {
	header := make([]byte, 24)
	binary.BigEndian.PutUint32(header[12:], 1000)
	none := make([]byte, 8)
	entry := make([]byte, 28)
	entry[7], entry[17], entry[19] = 1, 1, 16
	return box("trak", box("tkhd", make([]byte, 84)), box("mdia", box("mdhd", header),
		box("hdlr", []byte("\x00\x00\x00\x00\x00\x00\x00\x00soun"), make([]byte, 13)),
		box("minf", box("stbl", box("stsd", []byte{0, 0, 0, 0, 0, 0, 0, 1}, box("sowt", entry)),
			box("stts", none), box("stsc", none), box("stsz", none, []byte{0, 0, 0, 0}), box("stco", none)))))
}

func nested(depth int) []byte {
	inner := box("trak")
	for range depth {
		inner = box("moov", inner)
	}
	return inner
}

func nestedTags(depth int) []byte {
	inner := element(0x67c8)
	for range depth {
		inner = element(0x67c8, inner)
	}
	return element(0x1254c367, element(0x7373, inner))
}

// packedIndex is a movie box compressed as old QuickTime did.
func packedIndex() []byte {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = w.Write(make([]byte, 64<<20))
	_ = w.Close()
	return box("moov", box("cmov", box("dcom", []byte("zlib")), box("cmvd", []byte{0x40, 0, 0, 0}, packed.Bytes())))
}

// encryptedWebM has the element that says so in its tracks.
func encryptedWebM(t *testing.T) string {
	t.Helper()
	whole := read(t, file("a.webm", talking(), opts("-c:v libvpx -deadline realtime -cpu-used 8 -pix_fmt yuv420p -c:a libvorbis"))(t))
	at := bytes.Index(whole, []byte("\x16\x54\xae\x6b")) // Tracks
	entry := at + bytes.Index(whole[at:], []byte("\xae\x01"))
	size := int(binary.BigEndian.Uint64(whole[entry+1:]) &^ (0xff << 56)) //nolint:gosec // G115: small
	track := whole[entry+9 : entry+9+size]
	locked := element(0xae, track, element(0x6d80, element(0x6240, element(0x5033, []byte{1}), element(0x5035, element(0x47e1, []byte{5})))))
	extra := len(locked) - (size + 9)
	tracks := binary.BigEndian.Uint64(whole[at+4:]) &^ (0xff << 56)
	binary.BigEndian.PutUint64(whole[at+4:], 1<<56|(tracks+uint64(extra))) //nolint:gosec // G115: small
	segment := bytes.Index(whole, []byte("\x18\x53\x80\x67")) + 4
	copy(whole[segment:], "\x01\xff\xff\xff\xff\xff\xff\xff")
	return store(t, "a.webm", bytes.Join([][]byte{whole[:entry], locked, whole[entry+9+size:]}, nil))
}

// protectedASF has the header object of Windows Media's protection.
func protectedASF(t *testing.T) string {
	t.Helper()
	whole := read(t, file("a.wmv", talking(), opts("-c:v wmv2 -c:a wmav2"))(t))
	object := append([]byte("\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e"), 24, 0, 0, 0, 0, 0, 0, 0)
	size := binary.LittleEndian.Uint64(whole[16:])
	binary.LittleEndian.PutUint64(whole[16:], size+24)
	count := binary.LittleEndian.Uint32(whole[24:])
	binary.LittleEndian.PutUint32(whole[24:], count+1)
	return store(t, "a.wmv", bytes.Join([][]byte{whole[:30], object, whole[30:]}, nil))
}
