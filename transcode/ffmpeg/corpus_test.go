package ffmpeg_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

// The corpus is made anew by every run: no file of it is kept, none is anybody
// else's. Its picture has red, green, blue and white quarters, so that a wrong
// turn, a wrong size and a wrong colour all show, and a grey square that moves
// on with every frame. Files of a second are enough for everything but what
// only length brings out.

// good is a file that must be published, and what a viewer must get of it.
type good struct {
	name   string
	source func(*testing.T) string

	seconds float64 // default 1
	within  float64 // seconds that the length may be off, default a frame
	rate    float64 // default 25
	size    [2]int  // of the highest rung; default 160×120
	warn    []string
	matrix  string // colour matrix that the result names; default smpte170m for these small pictures
	colours []rgb  // of the quarters, left to right, top to bottom; default red, green, blue, white
	looks   bool   // only its pictures are of interest; the sound is not encoded
	stands  bool   // whether less than three quarters of the frames move
	check   func(*testing.T, published)
}

func (g good) withDefaults() good {
	if g.seconds == 0 {
		g.seconds = 1
	}
	if g.rate == 0 {
		g.rate = 25
	}
	if g.size == [2]int{} {
		g.size = [2]int{160, 120}
	}
	if g.colours == nil {
		g.colours = quarters
	}
	if g.matrix == "" {
		g.matrix = "smpte170m"
	}
	return g
}

// published is a file of the corpus with everything made of it, decoded.
type published struct {
	encoded
	warnings []string
	stream   string // ffmpeg's description of the picture
	frames   [][]rgb
	sound    []int16 // mono, soundRate
}

// Frames are compared as a grid of average colours.
const (
	gridWidth  = 16
	gridHeight = 12
	soundRate  = 8000
)

type rgb [3]int

var quarters = []rgb{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}}

// publish takes a file through everything a recording goes through, or through
// what makes its pictures.
func publish(t *testing.T, source string, picturesOnly bool) published {
	t.Helper()
	p := published{encoded: encoded{dir: t.TempDir()}}
	var err error
	if p.probe, err = newTool(t).Probe(t.Context(), source); err != nil {
		t.Fatalf("probe: %v", err)
	}
	warnings, failure := transcode.Judge(p.probe)
	if failure != nil {
		t.Fatalf("refused: %+v, probe %+v", failure, p.probe)
	}
	p.plan = transcode.NewPlan(p.probe, transcode.PlanOptions{Preset: "ultrafast"})
	picture := p.encodePictures(t, source)
	if !picturesOnly {
		warnings = append(warnings, p.encodeSound(t, source, picture).Warnings()...)
		picture = []string{filepath.Join(p.renditions[0].Dir, catalog.MediaPlaylist)}
	} else {
		picture = []string{filepath.Join(picture[0], p.plan.PictureFiles()[0])}
	}
	warnings = append(warnings, health(t, p, warnings)...)
	for _, w := range warnings {
		p.warnings = append(p.warnings, w.Code)
	}
	p.decode(t, picture[0], !picturesOnly)
	return p
}

// encodePictures makes the pictures as workers do, a folder for each chunk.
func (p *published) encodePictures(t *testing.T, source string) (folders []string) {
	t.Helper()
	for _, chunk := range p.plan.Chunks() {
		folders = append(folders, t.TempDir())
		job := transcode.ChunkJob{Source: source, Dir: folders[chunk.Number], Plan: p.plan, Chunk: chunk}
		err := newTool(t).EncodeChunk(t.Context(), job, func(e transcode.EncodeProgress) {
			p.last.Complaints, p.last.Decoded = p.last.Complaints+e.Complaints, p.last.Decoded+e.Decoded
		})
		if err != nil {
			t.Fatalf("pictures: %v", err)
		}
	}
	return folders
}

// encodeSound makes the sound and joins it to the pictures.
func (p *published) encodeSound(t *testing.T, source string, pictures []string) transcode.Loudness {
	t.Helper()
	sound := t.TempDir()
	heard, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: source, Dir: sound, Plan: p.plan}, nil)
	if err != nil {
		t.Fatalf("sound: %v", err)
	}
	p.renditions, err = newTool(t).Join(t.Context(), transcode.JoinJob{Chunks: pictures, Sound: sound, Dir: p.dir, Plan: p.plan})
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	return heard
}

func health(t *testing.T, p published, told []catalog.Warning) []catalog.Warning {
	t.Helper()
	warnings, failure := transcode.JudgeEncode(p.plan, p.last, told)
	if failure != nil {
		t.Fatalf("refused after the encode: %+v", failure)
	}
	return warnings
}

// decode plays the highest rung as a player would.
func (p *published) decode(t *testing.T, path string, hear bool) {
	t.Helper()
	dir := t.TempDir()
	pictures, sound := filepath.Join(dir, "pictures"), filepath.Join(dir, "sound")
	args := []string{
		"-hide_banner", "-nostdin", "-v", "info", "-nostats", "-i", path,
		"-map", "0:v", "-vf", fmt.Sprintf("scale=%d:%d:flags=area,format=rgb24", gridWidth, gridHeight), "-fps_mode", "passthrough", "-f", "rawvideo", pictures,
	}
	if hear {
		args = append(args, "-map", "0:a", "-ac", "1", "-ar", strconv.Itoa(soundRate), "-f", "s16le", sound)
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("decode: %v\n%s", err, out)
	}
	p.stream = string(regexp.MustCompile(`Video: [^\n]*`).Find(out))
	for frame := range slices.Chunk(read(t, pictures), 3*gridWidth*gridHeight) {
		var cells []rgb
		for cell := range slices.Chunk(frame, 3) {
			cells = append(cells, rgb{int(cell[0]), int(cell[1]), int(cell[2])})
		}
		p.frames = append(p.frames, cells)
	}
	if !hear {
		return
	}
	for sample := range slices.Chunk(read(t, sound), 2) {
		p.sound = append(p.sound, int16(uint16(sample[0])|uint16(sample[1])<<8)) //nolint:gosec // G115: the bits of a sample
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestCorpusGood: what presenters really have is published with its length,
// shape, rate, colours, direction and sound.
func TestCorpusGood(t *testing.T) {
	t.Parallel()
	for _, g := range goodFiles() {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			g := g.withDefaults()
			p := publish(t, g.source(t), g.looks)
			if !slices.Equal(p.warnings, g.warn) {
				t.Errorf("warnings %q, want %q", p.warnings, g.warn)
			}
			g.checkShape(t, p)
			g.checkColours(t, p)
			if !g.looks {
				g.checkSound(t, p)
			}
			if g.check != nil {
				g.check(t, p)
			}
			if t.Failed() {
				t.Logf("last %+v probe %+v\nvideo %+v\naudio %+v\n%s", p.last, p.probe, p.probe.Video, p.probe.Audio, p.plan)
			}
		})
	}
}

func (g good) checkShape(t *testing.T, p published) {
	t.Helper()
	if got := p.plan.Rate.Float(); math.Abs(got-g.rate) > 1e-6*g.rate {
		t.Errorf("%v frames a second, want %v", got, g.rate)
	}
	step := max(g.within, 1/g.rate) + 1e-4
	if got := p.plan.DurationS(); math.Abs(got-g.seconds) > step {
		t.Errorf("%.4f s, want %.4f s", got, g.seconds)
	}
	if got := float64(len(p.frames)) / g.rate; math.Abs(got-g.seconds) > step {
		t.Errorf("%d frames are %.4f s, want %.4f s", len(p.frames), got, g.seconds)
	}
	if got := [2]int{p.plan.Rungs[0].Width, p.plan.Rungs[0].Height}; got != g.size {
		t.Errorf("size %v, want %v", got, g.size)
	}
}

func (g good) checkSound(t *testing.T, p published) {
	t.Helper()
	if got := float64(len(p.sound)) / soundRate; math.Abs(got-g.seconds) > max(g.within, 1/g.rate)+0.05 {
		t.Errorf("sound lasts %.4f s, want %.4f s", got, g.seconds)
	}
	if hasSound := !slices.Contains(g.warn, "no_audio") && !slices.Contains(g.warn, "unsupported_audio") && !slices.Contains(g.warn, "quiet_audio"); hasSound != (p.loudest(0, g.seconds) > 1000) {
		t.Errorf("sound reaches %d", p.loudest(0, g.seconds))
	}
}

// loudest is the largest sample between two times.
func (p published) loudest(from, to float64) int {
	most := 0
	for _, s := range p.sound[min(len(p.sound), int(from*soundRate)):min(len(p.sound), int(to*soundRate))] {
		most = max(most, int(s), -int(s))
	}
	return most
}

func (g good) checkColours(t *testing.T, p published) {
	t.Helper()
	if want := "yuv420p(tv, " + g.matrix; !strings.Contains(p.stream, want) || !strings.Contains(p.stream, "SAR 1:1") {
		t.Errorf("the picture is %s, want %s", p.stream, want)
	}
	if len(p.frames) == 0 {
		t.Fatal("no frames")
	}
	if got := p.corners(len(p.frames) / 2); len(g.colours) > 0 && !slices.EqualFunc(got, g.colours, rgb.near) {
		t.Errorf("colours %v, want %v", got, g.colours)
	}
	if moving := p.moving(); !g.stands && moving < 3*(len(p.frames)-1)/4 {
		t.Errorf("%d of %d frames move", moving, len(p.frames))
	}
}

// corners are the colours of a frame's quarters.
func (p published) corners(frame int) []rgb {
	f := p.frames[frame]
	return []rgb{f[0], f[gridWidth-1], f[(gridHeight-1)*gridWidth], f[gridHeight*gridWidth-1]}
}

// moving counts the frames that differ from the one before.
func (p published) moving() (count int) {
	for i := 1; i < len(p.frames); i++ {
		if !slices.EqualFunc(p.frames[i-1], p.frames[i], func(a, b rgb) bool { return a.off(b) < 5 }) {
			count++
		}
	}
	return count
}

// off is the largest difference of a channel.
func (c rgb) off(o rgb) (most int) {
	for i := range c {
		most = max(most, c[i]-o[i], o[i]-c[i])
	}
	return most
}

func (c rgb) near(o rgb) bool { return c.off(o) <= 24 }

// TestCorpusBad: what can never be published is refused with its code and a
// sentence, quickly.
func TestCorpusBad(t *testing.T) {
	t.Parallel()
	for _, b := range badFiles() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			path := b.source(t)
			if got := refused(t, path); got.Code != b.code || (b.code != "" && got.Message == "") {
				t.Errorf("ended with %q (%s), want %q", got.Code, got.Message, b.code)
			}
		})
	}
}

// TestHardlyReadable: the index of a file is whole, and so are its first
// pictures; that all others are not is known when they have been decoded.
func TestHardlyReadable(t *testing.T) {
	t.Parallel()
	source := spoiltSamples(file("a.mp4", canvas("160x120", "25", 4), x264, opts("-g 5")), 0.2)(t)
	var p published
	var err error
	if p.probe, err = newTool(t).Probe(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	warnings, failure := transcode.Judge(p.probe)
	if failure != nil {
		t.Fatalf("refused too early: %+v", failure)
	}
	p.plan = transcode.NewPlan(p.probe, transcode.PlanOptions{Preset: "ultrafast"})
	p.encodePictures(t, source)
	if _, failure = transcode.JudgeEncode(p.plan, p.last, warnings); failure == nil || failure.Code != catalog.FailDamaged {
		t.Errorf("%d of %d pictures were decoded: %+v", p.last.Decoded, p.plan.SourceFrames, failure)
	}
}

// bad is a file that must be refused.
type bad struct {
	name   string
	source func(*testing.T) string
	code   catalog.FailureCode
}

// box is one of ISO base media's.
func box(kind string, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	n := len(body) + 8
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(n)), []byte(kind), body) //nolint:gosec // G115: small
}
