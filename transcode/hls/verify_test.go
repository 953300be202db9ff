package hls

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func rulesOf(findings []Finding) []string {
	var ids []string
	for _, f := range findings {
		if f.Severity == Must {
			ids = append(ids, f.Rule)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// spoil changes one file of a packaged stream.
type spoil struct {
	file   string
	change func([]byte) []byte
}

func sub(pattern, by string) func([]byte) []byte {
	return func(b []byte) []byte { return regexp.MustCompile(pattern).ReplaceAll(b, []byte(by)) }
}

// inClear applies a change to the clear bytes of segment n.
func inClear(n uint64, change func([]byte)) func([]byte) []byte {
	return func(b []byte) []byte {
		media, err := io.ReadAll(Decrypt(bytes.NewReader(b), testKey, n))
		if err != nil {
			panic(err)
		}
		change(media)
		var out bytes.Buffer
		if err := Encrypt(&out, bytes.NewReader(media), testKey, n); err != nil {
			panic(err)
		}
		return out.Bytes()
	}
}

// inFallback applies a change to the clear bytes of the progressive file.
func inFallback(change func([]byte) []byte, encrypt bool) func([]byte) []byte {
	return func(b []byte) []byte {
		b = change(xorFallback(b))
		if encrypt {
			b = xorFallback(b)
		}
		return b
	}
}

func xorFallback(b []byte) []byte {
	stream, err := catalog.FallbackStream(testKey[:], 0)
	if err != nil {
		panic(err)
	}
	out := make([]byte, len(b))
	stream.XORKeyStream(out, b)
	return out
}

// oneLess takes one off the number of the first track's samples.
func oneLess(b []byte) []byte {
	at := bytes.Index(b, []byte("stsz")) + 12
	binary.BigEndian.PutUint32(b[at:], binary.BigEndian.Uint32(b[at:])-1)
	return b
}

// indexLast moves the moov box to the end.
func indexLast(b []byte) []byte {
	at := bytes.Index(b, []byte("moov")) - 4
	end := at + int(binary.BigEndian.Uint32(b[at:]))
	return slices.Concat(b[:at], b[end:], b[at:end])
}

// bump adds to the decode time of the first track.
func bump(by uint64) func([]byte) {
	return func(b []byte) {
		at := bytes.Index(b, []byte("tfdt")) + 8
		binary.BigEndian.PutUint64(b[at:], binary.BigEndian.Uint64(b[at:])+by)
	}
}

// noIDR turns the first IDR slice into an ordinary one.
func noIDR(b []byte) {
	at := bytes.Index(b, []byte("mdat")) + 4
	for at < len(b) {
		length := int(binary.BigEndian.Uint32(b[at:]))
		if b[at+4]&0x1f == nalIDR {
			b[at+4] = b[at+4]&0xe0 | nalSlice
			return
		}
		at += 4 + length
	}
}

func TestVerifyFindsEachBrokenRule(t *testing.T) {
	t.Parallel()
	const media, master, iframes, sound = "v144/index.m3u8", "master.m3u8", "v180/iframes.m3u8", "audio/index.m3u8"
	for name, test := range map[string]struct {
		spoil spoil
		want  rule
	}{
		"no version":           {spoil{media, sub(`VERSION:7`, `VERSION:3`)}, ruleVersion},
		"master version":       {spoil{master, sub(`VERSION:7`, `VERSION:3`)}, ruleVersion},
		"program id":           {spoil{master, sub(`INF:B`, `INF:PROGRAM-ID=1,B`)}, ruleProgramID},
		"not independent":      {spoil{master, sub(`#EXT-X-INDEPENDENT-SEGMENTS\n`, ``)}, ruleIndependent},
		"no variants":          {spoil{master, sub(`(?s)#EXT-X-STREAM.*`, ``)}, ruleSyntax},
		"one variant":          {spoil{master, sub(`(?s)(.m3u8\n)#EXT-X-STREAM.*`, `$1`)}, ruleSeveral},
		"no codecs":            {spoil{master, sub(`,CODECS="[^"]*"`, ``)}, ruleCodecs},
		"untrue codecs":        {spoil{master, sub(`mp4a.40.2`, `mp4a.40.5`)}, ruleCodecs},
		"no resolution":        {spoil{master, sub(`,RESOLUTION=\w*`, ``)}, ruleResolution},
		"untrue resolution":    {spoil{master, sub(`=320x180`, `=324x182`)}, ruleResolution},
		"other aspect":         {spoil{master, sub(`=320x180`, `=240x180`)}, ruleAspect},
		"no bandwidth":         {spoil{master, sub(`:BANDWIDTH=\d*,`, `:`)}, ruleBandwidth},
		"untrue bandwidth":     {spoil{master, sub(`:BANDWIDTH=(\d*)`, `:BANDWIDTH=1$1`)}, rulePeak},
		"peak over average":    {spoil{master, sub(`:BANDWIDTH=(\d*)`, `:BANDWIDTH=9$1`)}, rulePeakRatio},
		"no average":           {spoil{master, sub(`,AVERAGE-BANDWIDTH=\d*`, ``)}, ruleAverageSet},
		"untrue average":       {spoil{master, sub(`AGE-BANDWIDTH=(\d*)`, `AGE-BANDWIDTH=1$1`)}, ruleAverage},
		"no frame rate":        {spoil{master, sub(`,FRAME-RATE=[\d.]*`, ``)}, ruleFrameRate},
		"untrue frame rate":    {spoil{master, sub(`25\.000`, `24.000`)}, ruleFrameRate},
		"fast":                 {spoil{master, sub(`25\.000`, `100.000`)}, ruleMaxRate},
		"start variant":        {spoil{master, sub(`(?s)(#EXT-X-STREAM.*?m3u8\n)(.*)`, `$2$1`)}, ruleStart},
		"live":                 {spoil{media, sub(`:VOD`, `:EVENT`)}, ruleVOD},
		"endless":              {spoil{media, sub(`#EXT-X-ENDLIST\n`, ``)}, ruleEndList},
		"no map":               {spoil{media, sub(`#EXT-X-MAP.*\n`, ``)}, ruleMap},
		"map after key":        {spoil{media, sub(`(?s)(#EXT-X-MAP[^\n]*\n)(.*)(#EXT-X-KEY[^\n]*\n)`, `$2$3$1`)}, ruleClearInit},
		"no key":               {spoil{media, sub(`#EXT-X-KEY.*\n`, ``)}, ruleKey},
		"own iv":               {spoil{media, sub(`(#EXT-X-KEY.*)\n`, "$1,IV=0x00000000000000000000000000000000\n")}, ruleKey},
		"no segments":          {spoil{media, sub(`(?s)#EXTINF.*#`, `#`)}, ruleSyntax},
		"unreadable":           {spoil{media, sub(`#EXTM3U`, `<html>`)}, ruleSyntax},
		"target too small":     {spoil{media, sub(`DURATION:6`, `DURATION:5`)}, ruleTarget},
		"segment over target":  {spoil{media, sub(`DURATION:6`, `DURATION:5`)}, ruleSegmentLimit},
		"other target":         {spoil{media, sub(`DURATION:6`, `DURATION:7`)}, ruleSameTarget},
		"target not six":       {spoil{media, sub(`DURATION:6`, `DURATION:7`)}, ruleSixSeconds},
		"untrue durations":     {spoil{media, sub(`6\.000000`, `5.900000`)}, ruleExact},
		"shorter":              {spoil{media, sub(`2\.000000`, `1.900000`)}, ruleSameDuration},
		"fewer segments":       {spoil{media, sub(`#EXTINF:2.*\n.*\n`, ``)}, ruleAligned},
		"missing segment":      {spoil{"v144/seg_00001.m4s", func([]byte) []byte { return nil }}, ruleMissing},
		"segment outside":      {spoil{media, sub(`seg_00001`, `../../seg_00001`)}, ruleMissing},
		"surplus":              {spoil{"v144/seg_00009.m4s", func([]byte) []byte { return []byte("x") }}, ruleSurplus},
		"truncated":            {spoil{"v144/seg_00001.m4s", func(b []byte) []byte { return b[:len(b)-5] }}, ruleDecrypt},
		"truncated to a block": {spoil{"v144/seg_00001.m4s", func(b []byte) []byte { return b[:len(b)-16] }}, ruleDecrypt},
		"wrong sequence":       {spoil{media, sub(`SEQUENCE:0`, `SEQUENCE:1`)}, ruleDecrypt},
		"encrypted init":       {spoil{"v144/init.mp4", inClearInit}, ruleMedia},
		"gap":                  {spoil{"v144/seg_00001.m4s", inClear(1, bump(512))}, ruleContinuous},
		"not aligned":          {spoil{"v144/seg_00001.m4s", inClear(1, bump(512))}, ruleAligned},
		"no idr":               {spoil{"v144/seg_00001.m4s", inClear(1, noIDR)}, ruleIDR},
		"profile":              {spoil{"v144/init.mp4", sub(`(avcC.).`, "${1}\x7a")}, ruleProfile},
		"hevc":                 {spoil{"v144/init.mp4", sub(`avc1`, `hvc1`)}, ruleMedia},
		"avc3":                 {spoil{"v144/init.mp4", sub(`avc1(\x00\x00\x00\x00\x00\x00\x00\x01\x00)`, `avc3$1`)}, ruleSampleEntry},
		"surround":             {spoil{"v144/init.mp4", func(b []byte) []byte { return bytes.Replace(b, []byte("\x11\x90"), []byte("\x11\xb0"), 1) }}, ruleStereo},
		"no iframes":           {spoil{master, sub(`#EXT-X-I-FRAME.*\n`, ``)}, ruleIFrames},
		"iframes nowhere":      {spoil{master, sub(`,URI="[^"]*"`, ``)}, ruleSyntax},
		"iframes with sound":   {spoil{master, sub(`(I-FRAME.*)(",RESO)`, `$1,mp4a.40.2$2`)}, ruleCodecs},
		"iframe bandwidth":     {spoil{master, sub(`(I-FRAME.*:BANDWIDTH=)`, `${1}1`)}, rulePeak},
		"iframes not marked":   {spoil{iframes, sub(`#EXT-X-I-FRAMES-ONLY\n`, ``)}, ruleIFramesOnly},
		"whole segment":        {spoil{iframes, sub(`iframe_00000`, `seg_00000`)}, ruleOneIFrame},
		"iframe no idr":        {spoil{"v180/iframe_00001.m4s", inClear(1, noIDR)}, ruleOneIFrame},
		"iframe missing":       {spoil{"v180/iframe_00001.m4s", func([]byte) []byte { return nil }}, ruleMissing},
		"iframe out of place":  {spoil{iframes, sub(`iframe_00001`, `iframe_00002`)}, ruleDecrypt},
		"iframe surplus":       {spoil{"v180/iframe_00007.m4s", func([]byte) []byte { return []byte("x") }}, ruleSurplus},
		"iframe times":         {spoil{iframes, sub(`2\.000000,\niframe_00001`, "1.900000,\niframe_00001")}, ruleExact},
		"iframes end early":    {spoil{iframes, sub(`#EXTINF.*\niframe_00006.m4s\n`, ``)}, ruleSameDuration},
		"iframes start late":   {spoil{"v180/iframe_00000.m4s", inClear(0, bump(512))}, ruleSameRange},
		"iframes shown late":   {spoil{"v180/iframe_00000.m4s", inClear(0, lateFirstPicture)}, ruleSwitch},
		"sound with a size":    {spoil{master, sub(`(="mp4a.40.2")`, `$1,RESOLUTION=16x9`)}, ruleResolution},
		"sound with a rate":    {spoil{master, sub(`(="mp4a.40.2")`, `$1,FRAME-RATE=25.000`)}, ruleFrameRate},
		"sound untrue codecs":  {spoil{master, sub(`="mp4a.40.2"`, `="mp4a.40.5"`)}, ruleCodecs},
		"sound as pictures":    {spoil{master, sub(`="mp4a.40.2"`, `="avc1.64000C,mp4a.40.2"`)}, ruleCodecs},
		"pictures as sound":    {spoil{master, sub(`avc1.[0-9A-F]*,`, ``)}, ruleCodecs},
		"sound first":          {spoil{master, sub(`(?s)(#EXT-X-STREAM.*)(#EXT-X-STREAM[^#]*audio/index.m3u8\n)`, `$2$1`)}, ruleStart},
		"sound and one rung":   {spoil{master, sub(`(?s)^(.*?)#EXT-X-STREAM[^#]*v144/index.m3u8\n`, `$1`)}, ruleSeveral},
		"sound bandwidth":      {spoil{master, sub(`:BANDWIDTH=(\d*)(,[^\n]*="mp4a.40.2")`, `:BANDWIDTH=1$1$2`)}, rulePeak},
		"sound no key":         {spoil{sound, sub(`#EXT-X-KEY.*\n`, ``)}, ruleKey},
		"sound other target":   {spoil{sound, sub(`DURATION:6`, `DURATION:7`)}, ruleSameTarget},
		"sound untrue times":   {spoil{sound, sub(`:5\.952000`, `:5.900000`)}, ruleExact},
		"sound shorter":        {spoil{sound, sub(`#EXTINF:2.*\n.*\n`, ``)}, ruleSameDuration},
		"sound fewer segments": {spoil{sound, sub(`#EXTINF:2.*\n.*\n`, ``)}, ruleAligned},
		"sound missing":        {spoil{"audio/seg_00001.m4s", func([]byte) []byte { return nil }}, ruleMissing},
		"sound surplus":        {spoil{"audio/seg_00009.m4s", func([]byte) []byte { return []byte("x") }}, ruleSurplus},
		"sound gap":            {spoil{"audio/seg_00001.m4s", inClear(1, bump(1024))}, ruleContinuous},
		"sound not aligned":    {spoil{"audio/seg_00001.m4s", inClear(1, bump(5*1024))}, ruleAligned},
		"sound starts late":    {spoil{"audio/seg_00000.m4s", inClear(0, bump(5*1024))}, ruleSameRange},
		"sound surround":       {spoil{"audio/init.mp4", func(b []byte) []byte { return bytes.Replace(b, []byte("\x11\x90"), []byte("\x11\xb0"), 1) }}, ruleStereo},
		"fallback in clear":    {spoil{catalog.Fallback, inFallback(func(b []byte) []byte { return b }, false)}, ruleFallback},
		"fallback cut short":   {spoil{catalog.Fallback, func(b []byte) []byte { return b[:len(b)-1] }}, ruleFallback},
		"fallback longer":      {spoil{catalog.Fallback, func(b []byte) []byte { return append(b, 0) }}, ruleFallback},
		"fallback empty":       {spoil{catalog.Fallback, func([]byte) []byte { return []byte{} }}, ruleFallback},
		"fallback noise":       {spoil{catalog.Fallback, func(b []byte) []byte { return append([]byte{b[0] ^ 1}, b[1:]...) }}, ruleFallback},
		"fallback index last":  {spoil{catalog.Fallback, inFallback(indexLast, true)}, ruleFallback},
		"fallback less":        {spoil{catalog.Fallback, inFallback(oneLess, true)}, ruleFallback},
		"late pictures":        {spoil{"v144/seg_00000.m4s", inClear(0, lateFirstPicture)}, ruleSwitch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := packaged(t)
			apply(t, filepath.Join(dir, test.spoil.file), test.spoil.change)
			findings, err := Verify(t.Context(), Dir(dir), Options{Key: FixedKey(testKey)})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == test.want.id && f.Severity == test.want.severity }) {
				t.Errorf("%s not found in %v", test.want.id, findings)
			}
		})
	}
}

func inClearInit(b []byte) []byte {
	var out bytes.Buffer
	_ = Encrypt(&out, bytes.NewReader(b), testKey, 0)
	return out.Bytes()
}

// lateFirstPicture adds to the composition offset of the first picture: the
// last field of the first sample in the first trun.
func lateFirstPicture(b []byte) {
	at := bytes.Index(b, []byte("trun")) + 4
	flags := binary.BigEndian.Uint32(b[at:]) & 0xffffff
	at += 8
	for _, f := range []uint32{trunDataOffset, trunFirstFlags, trunDuration, trunSize, trunSampleFlags} {
		if flags&f != 0 {
			at += 4
		}
	}
	binary.BigEndian.PutUint32(b[at:], binary.BigEndian.Uint32(b[at:])+512)
}

func apply(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	after := change(before)
	if bytes.Equal(before, after) {
		t.Fatalf("%s was not changed", path)
	}
	if after == nil {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, after, 0o600)
	}
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

func TestVerifyGoodStream(t *testing.T) {
	t.Parallel()
	dir := packaged(t)
	findings, err := Verify(t.Context(), Dir(dir), Options{Key: FixedKey(testKey)})
	if err != nil || len(findings) > 0 {
		t.Errorf("findings %v, error %v", findings, err)
	}
	findings, err = Verify(t.Context(), Dir(dir), Options{Key: FixedKey(transcode.ContentKey{1})})
	if err != nil || fmt.Sprint(rulesOf(findings)) != "[RFC 8216 5.2 Rounds fallback]" {
		t.Errorf("wrong key: findings %v, error %v", findings, err)
	}
	findings, _ = Verify(t.Context(), Dir(dir), Options{})
	if !slices.Contains(rulesOf(findings), ruleDecrypt.id) {
		t.Errorf("no key: findings %v", findings)
	}
	if !strings.Contains(Finding{Rule: "Apple 7.7", Severity: Must, Object: "o", Message: "m"}.String(), "Apple 7.7 MUST: o: m") {
		t.Error("finding is not spelled in one line")
	}
}
