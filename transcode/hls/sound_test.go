package hls

import (
	"bytes"
	"crypto/cipher"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rounds/catalog"
)

// sounds lists time, size and checksum of the frames of sound a client reads.
func sounds(t *testing.T, address string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-xerror", "-copyts",
		"-i", address, "-map", "0:a", "-c", "copy", "-f", "framemd5", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^0,\s*(-?\d+),\s*(-?\d+),.*, (\s*\d+, \w{32})$`).FindAllSubmatch(out, -1) {
		list = append(list, string(bytes.Join(m[1:], []byte(" "))))
	}
	return list
}

// TestSoundAloneIsTheSound: the sound alone has every frame of the rung it was
// cut from, at the same times.
func TestSoundAloneIsTheSound(t *testing.T) {
	t.Parallel()
	base := serve(t, packaged(t))
	want, got := sounds(t, base+"v144/index.m3u8"), sounds(t, base+"audio/index.m3u8")
	if len(want) < 600 || !slices.Equal(got, want) {
		t.Errorf("%d frames of sound, %d in the rung", len(got), len(want))
	}
}

// TestSoundRung: the least sound is cut out, and none where one rung has a hole.
func TestSoundRung(t *testing.T) {
	t.Parallel()
	rung := func(sizes ...int64) unsealed {
		u := unsealed{line: timeline{init: Init{Tracks: []Track{{ID: 2, Kind: "soun"}}}}}
		for _, size := range sizes {
			u.line.segments = append(u.line.segments, Segment{Runs: map[uint32]Run{2: {Bytes: size, Duration: size}}})
		}
		return u
	}
	for name, test := range map[string]struct {
		rungs []unsealed
		want  int
	}{
		"least":     {[]unsealed{rung(100, 90), rung(50, 40), rung(60, 50)}, 1},
		"first":     {[]unsealed{rung(100), rung(100)}, 0},
		"hole":      {[]unsealed{rung(100, 90), rung(50, 0)}, -1},
		"no sound":  {[]unsealed{{}}, -1},
		"no ladder": {nil, -1},
	} {
		if got := soundRung(test.rungs); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

// TestSilenceIsNotOfferedAlone, and neither is a progressive file that there is none of.
func TestSilenceIsNotOfferedAlone(t *testing.T) {
	t.Parallel()
	job := clearJob(t)
	job.Silent, job.Progressive = true, ""
	result, err := New(slog.New(slog.DiscardHandler)).Package(t.Context(), job)
	if err != nil || len(result.Renditions) != 2 {
		t.Errorf("%+v: %v", result.Renditions, err)
	}
	for _, f := range result.Files {
		if strings.HasPrefix(f.Name, catalog.SoundRendition) || f.Name == catalog.Fallback {
			t.Errorf("%s is stored", f.Name)
		}
	}
}

// TestFallbackIsTheProgressiveFile: what is stored is no clear text, as long as
// it, and becomes it again from any byte on.
func TestFallbackIsTheProgressiveFile(t *testing.T) {
	t.Parallel()
	job := clearJob(t)
	if _, err := New(slog.New(slog.DiscardHandler)).Package(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(job.Progressive)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(filepath.Join(job.Dir, catalog.Fallback))
	if err != nil || len(stored) != len(want) || bytes.Contains(stored, []byte("ftyp")) {
		t.Fatalf("%d bytes of %d: %v", len(stored), len(want), err)
	}
	const from = 1000003
	at := min(from, len(stored)/2)
	stream, err := catalog.FallbackStream(job.Key[:], int64(at))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := got.ReadFrom(cipher.StreamReader{S: stream, R: bytes.NewReader(stored[at:])}); err != nil || !bytes.Equal(got.Bytes(), want[at:]) {
		t.Errorf("from byte %d on it is another file: %v", at, err)
	}
}

// TestCommonTarget: all renditions have one target duration, also where the
// sound makes a short recording round up.
func TestCommonTarget(t *testing.T) {
	t.Parallel()
	job := clearJob(t)
	work := &packing{job: job}
	pictures := unsealed{ticks: []int64{2490}, video: Track{Timescale: 1000}}
	pictures.line = timeline{init: Init{Tracks: []Track{{ID: 2, Kind: "soun", Timescale: 1000}}}, segments: []Segment{{Runs: map[uint32]Run{2: {Duration: 2510}}}}}
	if work.setTarget([]unsealed{pictures}, -1); work.target != 2 {
		t.Errorf("pictures alone: %d s", work.target)
	}
	if work.setTarget([]unsealed{pictures}, 0); work.target != 3 {
		t.Errorf("with sound: %d s", work.target)
	}
	text, err := mediaList{entries: []mediaEntry{{"seg_00000.m4s", 2_490_000}}, target: work.target}.write()
	if err != nil || !strings.Contains(text, "#EXT-X-TARGETDURATION:3\n") {
		t.Errorf("%v in\n%s", err, text)
	}
}

// TestSoloInit: what is left describes the one track, and garbage is refused.
func TestSoloInit(t *testing.T) {
	t.Parallel()
	job := clearJob(t)
	section, err := os.ReadFile(filepath.Join(job.Dir, "v144", catalog.InitSection))
	if err != nil {
		t.Fatal(err)
	}
	alone, err := soloInit(section, 2)
	if err != nil {
		t.Fatal(err)
	}
	init, err := ReadInit(bytes.NewReader(alone))
	if err != nil || len(init.Tracks) != 1 || init.codecs() != "mp4a.40.2" || init.Tracks[0].ID != 2 {
		t.Errorf("%+v: %v", init, err)
	}
	if _, err := soloInit(section[:len(section)-3], 2); err == nil {
		t.Error("a section that breaks off is taken")
	}
}
