package ffmpeg

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rounds/catalog"
	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
	"golang.org/x/sync/errgroup"
)

// Join implements transcode.ChunkMedia: one run a rung copies its packets, all at
// the same time, for copying keeps one core busy.
func (t *Tool) Join(ctx context.Context, job transcode.JoinJob) ([]transcode.EncodedRendition, error) {
	chunks := job.Plan.Chunks()
	if len(job.Chunks) != len(chunks) {
		return nil, fmt.Errorf("join %d chunks, planned were %d", len(job.Chunks), len(chunks))
	}
	return t.joinChunks(ctx, job, chunks)
}

func (t *Tool) joinChunks(ctx context.Context, job transcode.JoinJob, chunks []transcode.Chunk) ([]transcode.EncodedRendition, error) {
	sound, err := filepath.Rel(job.Dir, job.Sound)
	if err != nil {
		return nil, fmt.Errorf("sound path: %w", err)
	}
	group, joining := errgroup.WithContext(ctx)
	for i := range job.Plan.Rungs {
		group.Go(func() error { return t.joinRung(joining, job, chunks, i, sound) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	made, err := renditions(job.Dir, job.Plan)
	if err != nil {
		return nil, err
	}
	for _, r := range made {
		if err := checkLengths(r, job.Plan); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// joinRung joins the chunks of the i-th rung and the sound, a path from the
// job's folder, into segments.
func (t *Tool) joinRung(ctx context.Context, job transcode.JoinJob, chunks []transcode.Chunk, i int, sound string) error {
	rung, name := job.Plan.Rungs[i], job.Plan.PictureFiles()[i]
	if err := fit(job, chunks, i); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(job.Dir, rung.Name()), 0o700); err != nil {
		return err
	}
	list := filepath.Join(job.Dir, listOf(rung))
	if err := os.WriteFile(list, []byte(concatList(job, chunks, name)), 0o600); err != nil {
		return err
	}
	defer os.Remove(list) //nolint:errcheck // scratch
	limits := encodeLimits(job.Plan)
	limits.CPU, limits.Wall = joinLimit(job.Plan), joinLimit(job.Plan)
	return t.Runner.Run(ctx, Command{Program: t.FFmpeg, Args: joinArgs(sound, job.Plan, rung), Dir: job.Dir, Limits: limits})
}

func listOf(r transcode.PlannedRung) string { return r.Name() + ".ffconcat" }

// concatList is the script of the concat demuxer. Each length is the difference
// of two rounded times, so that rounding never adds up.
func concatList(job transcode.JoinJob, chunks []transcode.Chunk, name string) string {
	at := func(frame int) int64 { return int64(math.Round(float64(frame) / job.Plan.Rate.Float() * 1e6)) }
	var b strings.Builder
	b.WriteString("ffconcat version 1.0\n")
	for i, chunk := range chunks {
		path := strings.ReplaceAll(filepath.Join(job.Chunks[i], name), "'", `'\''`)
		fmt.Fprintf(&b, "file 'file:%s'\nduration %.6f\n", path, float64(at(chunk.From+chunk.Frames)-at(chunk.From))/1e6)
	}
	return b.String()
}

// joinArgs builds the command line that joins the list of a rung with its sound.
// Our own lists and files are all that the formats allowed here read; pictures
// stay as they are (auto_convert would write parameter sets into every IDR
// frame).
func joinArgs(sound string, plan transcode.Plan, r transcode.PlannedRung) []string {
	streams := []*ffmpeg.Stream{
		ours(listOf(r), "concat").Get("v:0"),
		ours(filepath.Join(sound, transcode.SoundFile(r.AudioBits)), "mov").Get("a:0"),
	}
	output := ffmpeg.Output(streams, "file:"+r.Name()+"/"+catalog.MediaPlaylist, segmentArgs(plan, r))
	return withGlobal(output)
}

// ours is an input that we made: an MP4, or a list of such.
func ours(path, format string) *ffmpeg.Stream {
	if format != "concat" {
		return ffmpeg.Input("file:"+path, ffmpeg.KwArgs{"protocol_whitelist": "file", "format_whitelist": format})
	}
	return ffmpeg.Input("file:"+path, ffmpeg.KwArgs{
		"f": "concat", "safe": 0, "auto_convert": 0, "protocol_whitelist": "file", "format_whitelist": "concat,mov",
	})
}

// segmentArgs cut a rung into fMP4 segments. Their length is rounded down to a
// microsecond, so that a segment ends at its frame also where 6 s are no whole
// number of frames.
func segmentArgs(plan transcode.Plan, r transcode.PlannedRung) ffmpeg.KwArgs {
	return bare(ffmpeg.KwArgs{
		"c": "copy", "f": "hls", "hls_time": segmentLength(plan), "hls_playlist_type": "vod",
		"hls_segment_type": "fmp4", "hls_fmp4_init_filename": catalog.InitSection,
		"hls_segment_filename": "file:" + r.Name() + "/seg_%05d.m4s", "max_muxing_queue_size": "4096",
	})
}

func segmentLength(plan transcode.Plan) string {
	return strconv.FormatFloat(float64(int64(plan.SegmentS()*1e6))/1e6, 'f', 6, 64)
}

// fit looks whether the chunks of a rung are whole and can share one
// initialisation section: whoever made them, decoders are set up once.
func fit(job transcode.JoinJob, chunks []transcode.Chunk, rung int) error {
	var first movie
	r, name := job.Plan.Rungs[rung], job.Plan.PictureFiles()[rung]
	for i, dir := range job.Chunks {
		m, err := readMovie(filepath.Join(dir, name))
		if err == nil {
			err = m.check(framesOf(chunks[i].Frames, r), job.Plan.GOPOf(r), job.Plan.RateOf(r))
		}
		if err != nil {
			return fmt.Errorf("chunk %d: %s: %w", i, name, err)
		}
		if i == 0 {
			first = m
		}
		if !bytes.Equal(m.setup, first.setup) || m.timescale != first.timescale || m.composition != first.composition {
			return fmt.Errorf("chunk %d: %s is coded differently than that of chunk 0", i, name)
		}
	}
	return nil
}

// checkLengths holds every segment to the plan: whole ones but the last, and in
// all the plan's length. A halved rung's last frame may end one frame later.
func checkLengths(r transcode.EncodedRendition, plan transcode.Plan) error {
	lengths, err := segmentLengths(filepath.Join(r.Dir, catalog.MediaPlaylist))
	if err != nil {
		return err
	}
	if len(lengths) != plan.Segments() {
		return fmt.Errorf("%s lists %d segments, planned were %d", r.Name, len(lengths), plan.Segments())
	}
	left := plan.DurationS()
	for n, length := range lengths {
		want, tolerance := min(left, plan.SegmentS()), 1e-3
		if n == len(lengths)-1 {
			tolerance += 1 / plan.Rate.Float()
		}
		if math.Abs(length-want) > tolerance {
			return fmt.Errorf("segment %d of %s lasts %.4f s, planned were %.4f s", n, r.Name, length, want)
		}
		left -= plan.SegmentS()
	}
	return nil
}

// segmentLengths reads the EXTINF tags (RFC 8216 section 4.3.2.1) that ffmpeg
// wrote.
func segmentLengths(path string) ([]float64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lengths []float64
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "#EXTINF:"); found {
			length, _, _ := strings.Cut(rest, ",")
			lengths = append(lengths, seconds(length))
		}
	}
	return lengths, nil
}

// joinLimit is how long joining may take; copying is as fast as the disk.
func joinLimit(plan transcode.Plan) time.Duration {
	return 5*time.Minute + time.Duration(plan.DurationS()*float64(time.Second))
}
