package ffmpeg_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/transcode"
	"rounds/transcode/ffmpeg"
)

// tool is made once: detecting the sandbox starts processes.
var tool = sync.OnceValues(func() (*ffmpeg.Tool, error) {
	return ffmpeg.New(context.Background(), slog.New(slog.DiscardHandler))
})

func newTool(t *testing.T) *ffmpeg.Tool {
	t.Helper()
	made, err := tool()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// media is a folder of real recordings; see EnvMedia.
const envMedia = "ROUNDS_TEST_MEDIA"

// recording returns the path of a real recording. The folder is named by
// ROUNDS_TEST_MEDIA or lies beside the repository as shared/media.
func recording(t *testing.T, name string) string {
	t.Helper()
	if dir := os.Getenv(envMedia); dir != "" {
		return filepath.Join(dir, name)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "shared", "media", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("no recording %s: set %s to the folder that holds it", name, envMedia)
	return ""
}

// generate makes a source with ffmpeg's own generators.
func generate(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args = append(append([]string{"-v", "error", "-nostdin", "-y"}, args...), path)
	if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("generate %s: %v\n%s", name, err, out)
	}
	return path
}

// encoded is a source with everything made of it.
type encoded struct {
	probe      transcode.Probe
	plan       transcode.Plan
	source     string
	chunks     []string // folders of the pictures
	renditions []transcode.EncodedRendition
	last       transcode.EncodeProgress // of all chunks, and what the sound's decoder complained of
	sound      transcode.EncodeProgress
	heard      transcode.Loudness
	dir        string
}

// encode probes, judges, plans and encodes a source that must be accepted.
func encode(t *testing.T, source string) encoded {
	t.Helper()
	ctx := t.Context()
	e := encoded{source: source, dir: t.TempDir()}
	var err error
	if e.probe, err = newTool(t).Probe(ctx, source); err != nil {
		t.Fatalf("probe: %v", err)
	}
	if _, failure := transcode.Judge(e.probe); failure != nil {
		t.Fatalf("refused: %+v, probe %+v", failure, e.probe)
	}
	e.plan = transcode.NewPlan(e.probe, transcode.PlanOptions{Preset: "ultrafast"})
	join := transcode.JoinJob{Plan: e.plan, Dir: e.dir, Sound: t.TempDir()}
	for _, chunk := range e.plan.Chunks() {
		job := transcode.ChunkJob{Source: source, Dir: t.TempDir(), Plan: e.plan, Chunk: chunk}
		var last transcode.EncodeProgress
		if err := newTool(t).EncodeChunk(ctx, job, func(p transcode.EncodeProgress) { last = p }); err != nil {
			t.Fatalf("encode pictures: %v", err)
		}
		e.last.Done, e.last.Frame = e.last.Done+last.Done, e.last.Frame+last.Frame
		e.last.Complaints, e.last.Decoded = e.last.Complaints+last.Complaints, e.last.Decoded+last.Decoded
		join.Chunks = append(join.Chunks, job.Dir)
	}
	e.heard, err = newTool(t).EncodeSound(ctx, transcode.SoundJob{Source: source, Dir: join.Sound, Plan: e.plan}, func(p transcode.EncodeProgress) { e.sound = p })
	if err != nil {
		t.Fatalf("encode sound: %v", err)
	}
	e.last.Complaints += e.sound.Complaints
	e.chunks = join.Chunks
	if e.renditions, err = newTool(t).Join(ctx, join); err != nil {
		t.Fatalf("join: %v", err)
	}
	return e
}

// survey surveys all chunks and gives what is seen in them.
func (e encoded) survey(t *testing.T) (glimpses []transcode.Glimpse) {
	t.Helper()
	for i, chunk := range e.plan.Chunks() {
		job := transcode.ChunkJob{Source: e.source, Dir: e.chunks[i], Plan: e.plan, Chunk: chunk}
		if made, err := newTool(t).SurveyChunk(t.Context(), job); err != nil || made.Complaints > 0 || made.Frames == 0 {
			t.Fatalf("%+v: %v", made, err)
		}
		luma, err := os.ReadFile(filepath.Join(job.Dir, transcode.ChunkGlimpses))
		if err != nil {
			t.Fatal(err)
		}
		const size = transcode.GlimpseWidth * transcode.GlimpseHeight
		for n := range e.plan.KeysOf(chunk) {
			at := float64(chunk.From+n*e.plan.GOP) / e.plan.Rate.Float()
			glimpses = append(glimpses, transcode.Glimpse{At: time.Duration(at * float64(time.Second)), Luma: luma[n*size:][:size]})
		}
	}
	return glimpses
}

// packet is one line of ffprobe's packet list.
type packet struct {
	pts, dts, duration float64
	key                bool
}

// packets reads the packets of a stream ("v" or "a") of a playlist or file.
func packets(t *testing.T, path, stream string) []packet {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries",
		"packet=pts_time,dts_time,duration_time,flags", "-of", "csv=p=0", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe %s: %v\n%s", path, err, out)
	}
	var list []packet
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) < 4 {
			continue
		}
		list = append(list, packet{number(f[0]), number(f[1]), number(f[2]), strings.HasPrefix(f[3], "K")})
	}
	return list
}

// number reads a value, which may not be there.
func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// extinf reads the segment lengths of a media playlist.
func extinf(t *testing.T, r transcode.EncodedRendition) (lengths []float64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.Dir, catalog.MediaPlaylist))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "#EXTINF:"); ok {
			lengths = append(lengths, number(strings.TrimSuffix(strings.TrimSpace(rest), ",")))
		}
	}
	return lengths
}

// segment joins an initialisation section and one segment into a file that
// ffprobe reads.
func segment(t *testing.T, r transcode.EncodedRendition, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprintf("%s-%d.mp4", r.Name, n))
	var whole []byte
	for _, name := range []string{catalog.InitSection, catalog.SegmentName(n)} {
		part, err := os.ReadFile(filepath.Join(r.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, part...)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
