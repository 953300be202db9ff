package ffmpeg

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// DecodeAll implements transcode.Finisher. It joins the segments in a folder of
// its own beside the rendition's, which it removes.
func (t *Tool) DecodeAll(ctx context.Context, from transcode.EncodedRendition) (transcode.Decoded, error) {
	dir, err := os.MkdirTemp(filepath.Dir(from.Dir), "decode-")
	if err != nil {
		return transcode.Decoded{}, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	const clip = "clip.mp4"
	if _, err := joinRendition(filepath.Join(dir, clip), from); err != nil {
		return transcode.Decoded{}, err
	}
	parser, health := &progressParser{}, &decodeHealth{}
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: decodeArgs(clip), Dir: dir, Stdout: &lines{each: parser.line}, Stderr: &lines{each: health.line},
		Limits: Limits{Memory: probeMemory, CPU: 12 * time.Hour, Wall: 6 * time.Hour},
	})
	return transcode.Decoded{Frames: parser.now.Frame, Complaints: health.complaints}, err
}

// decodeArgs decode all of picture and sound to nowhere, each picture once.
func decodeArgs(clip string) []string {
	input := ffmpeg.Input("file:"+clip, inputArgs())
	output := ffmpeg.Output([]*ffmpeg.Stream{input.Get("v:0"), input.Get("a:0")}, "-", ffmpeg.KwArgs{"f": "null", "fps_mode": "passthrough"})
	return append(append([]string{}, globalArgs...), output.GetArgs()...)
}
