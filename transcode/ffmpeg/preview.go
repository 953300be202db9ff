package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

var _ transcode.Previewer = (*Tool)(nil)

// Preview implements transcode.Previewer.
func (t *Tool) Preview(ctx context.Context, job transcode.JoinJob, chunks int, path string) error {
	all := job.Plan.Chunks()
	if chunks < 1 || chunks > len(all) {
		return fmt.Errorf("preview of %d chunks of %d", chunks, len(all))
	}
	return t.previewChunks(ctx, job, all[:chunks], path)
}

func (t *Tool) previewChunks(ctx context.Context, job transcode.JoinJob, first []transcode.Chunk, path string) error {
	rung, last := job.Plan.Rungs[0], first[len(first)-1]
	job.Chunks = job.Chunks[:len(first)]
	if err := fit(job, first, 0); err != nil {
		return err
	}
	list := path + ".ffconcat"
	if err := os.WriteFile(list, []byte(concatList(job, first, job.Plan.PictureFiles()[0])), 0o600); err != nil {
		return err
	}
	defer os.Remove(list) //nolint:errcheck // scratch
	sound, err := filepath.Rel(filepath.Dir(path), filepath.Join(job.Sound, transcode.SoundFile(rung.AudioBits)))
	if err != nil {
		return fmt.Errorf("sound path: %w", err)
	}
	length := float64(last.From+last.Frames) / job.Plan.Rate.Float()
	limits := chunkLimits(job.Plan, transcode.Chunk{Frames: last.From + last.Frames}, entry{})
	limits.CPU, limits.Wall = 5*time.Minute, 10*time.Minute
	return t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: previewArgs(filepath.Base(list), sound, filepath.Base(path), length), Dir: filepath.Dir(path), Limits: limits,
	})
}

// previewArgs copy the listed pictures and as much of the sound.
func previewArgs(list, sound, to string, length float64) []string {
	streams := []*ffmpeg.Stream{ours(list, "concat").Get("v:0"), ours(sound, "mov").Get("a:0")}
	output := ffmpeg.Output(streams, "file:"+to, bare(ffmpeg.KwArgs{
		"c": "copy", "t": strconv.FormatFloat(length, 'f', 6, 64), "movflags": "+faststart", "f": "mp4",
	}))
	return withGlobal(output)
}
