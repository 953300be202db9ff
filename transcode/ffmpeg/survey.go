package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"rounds/transcode"
)

// surveyClip is a scratch file.
const surveyClip = "clip.mp4"

// SurveyChunk implements transcode.ChunkMedia.
func (t *Tool) SurveyChunk(ctx context.Context, job transcode.ChunkJob) (transcode.Decoded, error) {
	made, err := t.decode(ctx, job.Dir, surveyArgs(job))
	if err != nil {
		return made, err
	}
	sizes := map[string]int{
		transcode.ChunkGlimpses: job.Plan.KeysOf(job.Chunk) * transcode.GlimpseWidth * transcode.GlimpseHeight,
		transcode.ChunkTiles:    len(job.Plan.TilesOf(job.Chunk)) * job.Plan.Storyboard().TileBytes(),
	}
	for name, want := range sizes {
		info, err := os.Stat(filepath.Join(job.Dir, name))
		if err != nil {
			return made, err
		}
		if info.Size() != int64(want) {
			return made, fmt.Errorf("%s has %d bytes, planned were %d", name, info.Size(), want)
		}
	}
	return made, nil
}

// DecodeChunk implements transcode.ChunkMedia.
func (t *Tool) DecodeChunk(ctx context.Context, job transcode.ChunkJob) (transcode.Decoded, error) {
	return t.decode(ctx, job.Dir, withGlobal(toNowhere(surveyed(job))))
}

// Decode implements transcode.Finisher: the segments are joined to their
// initialisation section, in a folder of their own that is removed.
func (t *Tool) Decode(ctx context.Context, from transcode.EncodedRendition, segments []int) (made transcode.Decoded, err error) {
	all, err := segmentsOf(from)
	if err != nil {
		return made, err
	}
	var chosen []string
	for _, n := range segments {
		if n >= len(all) {
			return made, fmt.Errorf("%s has no segment %d", from.Name, n)
		}
		chosen = append(chosen, all[n])
	}
	dir, err := os.MkdirTemp(filepath.Dir(from.Dir), "survey-")
	if err != nil {
		return made, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	if err := join(filepath.Join(dir, surveyClip), from, chosen...); err != nil {
		return made, err
	}
	input := ffmpeg.Input("file:"+surveyClip, inputArgs())
	return t.decode(ctx, dir, withGlobal(toNowhere(input.Get("v:0"), input.Get("a:0"))))
}

// decode runs arguments whose first output has every frame.
func (t *Tool) decode(ctx context.Context, dir string, args []string) (transcode.Decoded, error) {
	parser, health := &progressParser{}, &decodeHealth{}
	err := t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: args, Dir: dir,
		Stdout: &lines{each: parser.line}, Stderr: &lines{each: health.line},
		Limits: Limits{Memory: probeMemory, CPU: 12 * time.Hour, Wall: 6 * time.Hour, FileSize: 1 << 30},
	})
	return transcode.Decoded{Frames: parser.now.Frame, Complaints: health.complaints}, err
}

// surveyed is the picture of a chunk that is decoded.
func surveyed(job transcode.ChunkJob) *ffmpeg.Stream {
	return ours(transcode.PictureFile(job.Plan.Surveyed()), "mov").Get("v:0")
}

// toNowhere takes each frame once.
func toNowhere(streams ...*ffmpeg.Stream) *ffmpeg.Stream {
	return ffmpeg.Output(streams, "-", asTimed(ffmpeg.KwArgs{"f": "null"}))
}

// surveyArgs decode the pictures of a chunk to nowhere, and make two more outputs
// of its key frames: tiny pictures of all, and tiles of some.
func surveyArgs(job transcode.ChunkJob) []string {
	board := job.Plan.Storyboard()
	raw := func() ffmpeg.KwArgs { return asTimed(ffmpeg.KwArgs{"f": "rawvideo"}) }
	all := surveyed(job).Split()
	keys := all.Get("1").Filter("select", ffmpeg.Args{"key"}).Split()
	glimpses := keys.Get("0").
		Filter("scale", ffmpeg.Args{strconv.Itoa(transcode.GlimpseWidth), strconv.Itoa(transcode.GlimpseHeight), "flags=area"}).
		Filter("format", ffmpeg.Args{"gray"}).
		Output("file:"+transcode.ChunkGlimpses, raw())
	var wanted []string
	for _, key := range job.Plan.TilesOf(job.Chunk) {
		wanted = append(wanted, fmt.Sprintf("eq(n,%d)", key))
	}
	tiles := keys.Get("1").
		Filter("select", ffmpeg.Args{strings.Join(append(wanted, "0"), "+")}).
		Filter("scale", ffmpeg.Args{strconv.Itoa(board.Width), strconv.Itoa(board.Height), "flags=bicubic", "out_color_matrix=bt601", "out_range=pc"}).
		Filter("format", ffmpeg.Args{"yuvj420p"}).
		Output("file:"+transcode.ChunkTiles, raw())
	return withGlobal(ffmpeg.MergeOutputs(toNowhere(all.Get("0")), glimpses, tiles))
}
