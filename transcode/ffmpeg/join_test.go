package ffmpeg_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rounds/transcode"
	"rounds/transcode/ffmpeg"
)

// TestJoinRefuses: what does not fit together is not joined, although ffmpeg
// would do it and end with status 0.
func TestJoinRefuses(t *testing.T) {
	t.Parallel()
	source := counted(t, "a.mp4", 120, "10", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
	plan := smallPlan(t, source)
	chunks, dirs := encodeChunks(t, source, plan, 1)
	sound := t.TempDir()
	if _, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: source, Dir: sound, Plan: plan}, nil); err != nil {
		t.Fatal(err)
	}
	encode := func(plan transcode.Plan, chunk transcode.Chunk) string {
		dir := t.TempDir()
		if err := newTool(t).EncodeChunk(t.Context(), transcode.ChunkJob{Source: source, Dir: dir, Plan: plan, Chunk: chunk}, nil); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	slower, shorter := plan, chunks[1]
	slower.Preset = "veryfast"
	shorter.Frames--
	cut := t.TempDir()
	for _, name := range plan.PictureFiles() {
		if err := os.WriteFile(filepath.Join(cut, name), []byte("\x00\x00\x00\x20ftypisom"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct{ dir, want string }{
		"another preset":    {encode(slower, chunks[1]), "coded differently"},
		"a frame too few":   {encode(plan, shorter), "frames, planned were"},
		"a cut file":        {cut, "index is cut"},
		"no file":           {t.TempDir(), "no such file"},
		"all as it must be": {dirs[1], ""},
	} {
		job := transcode.JoinJob{Plan: plan, Chunks: []string{dirs[0], test.dir}, Sound: sound, Dir: t.TempDir()}
		_, err := ffmpeg.JoinChunks(newTool(t), t.Context(), job, chunks)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	job := transcode.JoinJob{Plan: plan, Chunks: dirs, Sound: sound, Dir: t.TempDir()}
	if _, err := newTool(t).Join(t.Context(), job); err == nil {
		t.Error("two chunks were joined where one was planned")
	}
}

// TestPreview: the first chunks of one rung are an MP4 of their length, index
// first, with every picture and the sound that belongs to them.
func TestPreview(t *testing.T) {
	t.Parallel()
	source := counted(t, "a.mp4", 180, "10", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
	plan := smallPlan(t, source)
	chunks, dirs := encodeChunks(t, source, plan, 1)
	job := transcode.JoinJob{Plan: plan, Chunks: dirs, Sound: t.TempDir()}
	if _, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: source, Dir: job.Sound, Plan: plan}, nil); err != nil {
		t.Fatal(err)
	}
	job.Plan.Rungs = plan.Rungs[1:]
	path := filepath.Join(t.TempDir(), "preview.mp4")
	if err := ffmpeg.PreviewChunks(newTool(t), t.Context(), job, chunks[:2], path); err != nil {
		t.Fatal(err)
	}
	pictures, sounds := packets(t, path, "v"), packets(t, path, "a")
	frames := 0
	for _, c := range chunks[:2] {
		frames += (c.Frames + 1) / 2 // a halved rung
	}
	end := sounds[len(sounds)-1].at()
	if length := float64(chunks[1].From+chunks[1].Frames) / plan.Rate.Float(); len(pictures) != frames || end < length-0.1 || end > length {
		t.Errorf("%d pictures of %d, sound until %.3f s of %.3f s", len(pictures), frames, end, length)
	}
	content, err := os.ReadFile(path)
	if index, media := strings.Index(string(content), "moov"), strings.Index(string(content), "mdat"); err != nil || index < 0 || index > media {
		t.Errorf("the index stands at %d, the media at %d, %v", index, media, err)
	}
	if err := newTool(t).Preview(t.Context(), job, 2, path); err == nil {
		t.Error("two chunks were shown where one was planned")
	}
}
