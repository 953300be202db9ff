package transcode

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rounds/catalog"
)

// finisher is a Media that decodes what it is told to.
type finisher struct {
	Media
	decoded         Decoded
	failure         error
	checked, copied string
	segments        []int
	stills          int
}

func (f *finisher) Poster(_ context.Context, _ EncodedRendition, path string) error {
	return os.WriteFile(path, []byte("poster"), 0o600)
}

func (f *finisher) Stills(_ context.Context, job StillsJob) error {
	f.stills = len(job.Stills)
	return nil
}

func (f *finisher) Decode(_ context.Context, from EncodedRendition, segments []int) (Decoded, error) {
	f.checked, f.segments = from.Name, segments
	return f.decoded, nil
}

func (f *finisher) Progressive(_ context.Context, from EncodedRendition, _ string) error {
	f.copied = from.Name
	return f.failure
}

// threeRungs are the renditions of a plan with 1301 frames in two chunks, the
// last rung halved.
func threeRungs() (Plan, []EncodedRendition) {
	plan := Plan{Frames: 1301, Rate: Ratio{Num: 10, Den: 1}, GOP: 20, Segment: 60, AudioIndex: 1, Rungs: []PlannedRung{
		{Rung: Rung{Width: 1280, Height: 720, Lines: 720}},
		{Rung: Rung{Width: 640, Height: 360, Lines: 360}},
		{Rung: Rung{Width: 426, Height: 240, Lines: 240}, Halved: true},
	}}
	var renditions []EncodedRendition
	for _, r := range plan.Rungs {
		renditions = append(renditions, EncodedRendition{Name: r.Name(), Width: r.Width, Height: r.Height})
	}
	return plan, renditions
}

// TestNothingIsPublishedThatDoesNotDecode: where chunks of the smallest rung were
// joined it must give exactly the frames that were planned, without a complaint.
func TestNothingIsPublishedThatDoesNotDecode(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	const frames = 3*30 + 21 // of segments 0, 10, 11 and 21
	for name, test := range map[string]struct {
		media finisher
		want  error
	}{
		"all":         {finisher{decoded: Decoded{Frames: frames}}, nil},
		"one missing": {finisher{decoded: Decoded{Frames: frames - 1}}, ErrUndecodable},
		"one more":    {finisher{decoded: Decoded{Frames: frames + 1}}, ErrUndecodable},
		"damaged":     {finisher{decoded: Decoded{Frames: frames, Complaints: 1}}, ErrUndecodable},
		"not copied":  {finisher{decoded: Decoded{Frames: frames}, failure: broken}, broken},
	} {
		for _, pictures := range []bool{true, false} {
			plan, renditions := threeRungs()
			dir, chunks := t.TempDir(), []string{t.TempDir(), t.TempDir()}
			if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
				t.Fatal(err)
			}
			if pictures {
				see(t, plan, chunks)
			}
			media := test.media
			job, _, err := Derive(t.Context(), &media, plan, chunks, renditions, dir, slog.New(slog.DiscardHandler))
			if !errors.Is(err, test.want) {
				t.Errorf("%s: %v", name, err)
			}
			if media.checked != "v240" || media.copied != "v360" || !slices.Equal(media.segments, []int{0, 10, 11, 21}) {
				t.Errorf("%s: decoded %s %v, copied %s", name, media.checked, media.segments, media.copied)
			}
			if job.Silent || job.Progressive != filepath.Join(dir, "progressive.mp4") || job.Renditions[0].Frames != 1301 || job.Renditions[2].Frames != 651 {
				t.Errorf("%s: %+v", name, job)
			}
			if test.want != nil {
				continue
			}
			_, missing := os.Stat(filepath.Join(dir, "out", "thumbs", catalog.SpriteName(0)))
			if (job.Storyboard != nil) != pictures || (missing == nil) != pictures || (media.stills > 0) != pictures {
				t.Errorf("%s: storyboard %v, its sprite: %v, %d stills", name, job.Storyboard, missing, media.stills)
			}
		}
	}
}

// see writes what encoders keep of pictures that get brighter from one key frame
// to the next, and are bright at their top.
func see(t *testing.T, plan Plan, chunks []string) {
	t.Helper()
	var shade byte
	for i, c := range plan.Chunks() {
		var glimpses, tiles []byte
		for range plan.KeysOf(c) {
			luma := bytes.Repeat([]byte{shade}, GlimpseWidth*GlimpseHeight)
			copy(luma, bytes.Repeat([]byte{200}, GlimpseWidth))
			glimpses = append(glimpses, luma...)
			shade++
		}
		for range plan.TilesOf(c) {
			tiles = append(tiles, bytes.Repeat([]byte{shade}, plan.Storyboard().TileBytes())...)
		}
		for name, content := range map[string][]byte{ChunkGlimpses: glimpses, ChunkTiles: tiles} {
			if err := os.WriteFile(filepath.Join(chunks[i], name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestFallbackRung(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sizes [][2]int
		want  int
	}{
		"usual":      {[][2]int{{1920, 1080}, {1280, 720}, {854, 480}, {640, 360}, {426, 240}}, 2},
		"none weak":  {[][2]int{{1920, 1080}, {1280, 720}}, 1},
		"portrait":   {[][2]int{{1080, 1920}, {480, 854}, {240, 426}}, 1},
		"one":        {[][2]int{{320, 180}}, 0},
		"small ones": {[][2]int{{1280, 720}, {426, 240}, {256, 144}}, 1},
	} {
		var list []EncodedRendition
		for _, s := range test.sizes {
			list = append(list, EncodedRendition{Width: s[0], Height: s[1]})
		}
		if got := fallbackRung(list); got != list[test.want] {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
