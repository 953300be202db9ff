package ffmpeg

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// Stills implements transcode.Finisher. Only the segments that hold one of them
// are joined and decoded; their fragments carry their own times.
func (t *Tool) Stills(ctx context.Context, job transcode.StillsJob) error {
	segments, err := segmentsOf(job.From)
	if err != nil {
		return err
	}
	var holding []string
	for n, segment := range segments {
		if holdsStill(job, n) {
			holding = append(holding, segment)
		}
	}
	clip := filepath.Join(job.Dir, "stills.mp4")
	defer os.Remove(clip) //nolint:errcheck // scratch
	if err := join(clip, job.From, holding...); err != nil {
		return err
	}
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: stillArgs(filepath.Base(clip), job.Stills), Dir: job.Dir,
		Limits: Limits{Memory: encodeMemory, CPU: 10 * time.Minute, Wall: 10 * time.Minute, FileSize: 64 << 20},
	})
	if err != nil {
		return err
	}
	for _, s := range job.Stills {
		if info, err := os.Stat(filepath.Join(job.Dir, filepath.FromSlash(s.Name))); err != nil || info.Size() == 0 {
			return fmt.Errorf("no picture %s was made: %w", s.Name, err)
		}
	}
	return nil
}

// stillSlack is how far the time of a key frame may differ between renditions.
const stillSlack = 200 * time.Millisecond

// holdsStill tells whether one of the stills may lie in the n-th segment.
func holdsStill(job transcode.StillsJob, n int) bool {
	from := time.Duration(n)*job.Segment - stillSlack
	to := time.Duration(n+1)*job.Segment + stillSlack
	return slices.ContainsFunc(job.Stills, func(s transcode.Still) bool { return s.At >= from && s.At <= to })
}

// stillArgs takes the key frames of all stills in one decode: those of one
// width go through one scaler and into numbered files, which have the names of
// catalog.ChapterThumbnail and catalog.PosterName.
func stillArgs(clip string, stills []transcode.Still) []string {
	options := inputArgs()
	maps.Copy(options, ffmpeg.KwArgs{"skip_frame": "nokey", "an": "", "copyts": ""})
	groups := numbered(stills)
	pictures := ffmpeg.Input("file:"+clip, options).Get("v:0")
	if len(groups) == 1 {
		return withGlobal(groups[0].output(pictures))
	}
	split := pictures.Split()
	var outputs []*ffmpeg.Stream
	for i, group := range groups {
		outputs = append(outputs, group.output(split.Get(strconv.Itoa(i))))
	}
	return withGlobal(ffmpeg.MergeOutputs(outputs...))
}

// numberedStills are stills whose names differ in a number that counts up.
type numberedStills struct {
	pattern string
	first   int
	stills  []transcode.Still
}

func (n numberedStills) output(pictures *ffmpeg.Stream) *ffmpeg.Stream {
	var wanted []string
	for _, s := range n.stills {
		wanted = append(wanted, fmt.Sprintf("between(t,%.3f,%.3f)", (s.At-stillSlack).Seconds(), (s.At+stillSlack).Seconds()))
	}
	return pictures.Filter("select", ffmpeg.Args{strings.Join(wanted, "+")}).
		Filter("scale", ffmpeg.Args{fmt.Sprintf("min(iw,%d)", n.stills[0].Width), "-2", "flags=bicubic"}).
		Output("file:"+n.pattern, ffmpeg.KwArgs{
			"frames:v": len(n.stills), "fps_mode": "passthrough", "q:v": 4, "f": "image2", "start_number": n.first, "map_metadata": "-1",
		})
}

// numbered sorts stills by the two kinds of names that they have.
func numbered(stills []transcode.Still) []numberedStills {
	chapters := numberedStills{pattern: "thumbs/chapter_%03d.jpg"}
	posters := numberedStills{pattern: "poster_%02d.jpg", first: 1}
	for _, s := range stills {
		if strings.HasPrefix(s.Name, "thumbs/") {
			chapters.stills = append(chapters.stills, s)
		} else {
			posters.stills = append(posters.stills, s)
		}
	}
	return slices.DeleteFunc([]numberedStills{chapters, posters}, func(n numberedStills) bool { return len(n.stills) == 0 })
}
