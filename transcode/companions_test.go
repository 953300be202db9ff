package transcode

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"rounds/catalog"
)

// finisher is a Media that decodes what it is told to.
type finisher struct {
	Media
	decoded         Decoded
	failure         error
	noPictures      bool
	checked, copied string
}

func (f *finisher) Poster(_ context.Context, _ EncodedRendition, path string) error {
	return os.WriteFile(path, []byte("poster"), 0o600)
}

func (f *finisher) Survey(_ context.Context, from EncodedRendition, _ Storyboard, sprites string) (Survey, error) {
	f.checked = from.Name
	if f.noPictures {
		return Survey{}, errors.Join(errors.New("no pictures"), os.WriteFile(filepath.Join(sprites, catalog.SpriteName(0)), nil, 0o600))
	}
	return Survey{Decoded: f.decoded, Glimpses: []Glimpse{{Luma: make([]byte, GlimpseWidth*GlimpseHeight)}}}, nil
}

func (f *finisher) Stills(context.Context, StillsJob) error { return nil }

func (f *finisher) DecodeAll(_ context.Context, from EncodedRendition) (Decoded, error) {
	f.checked = from.Name
	return f.decoded, nil
}

func (f *finisher) Progressive(_ context.Context, from EncodedRendition, _ string) error {
	f.copied = from.Name
	return f.failure
}

// threeRungs are the renditions of a plan with 301 frames, the last rung halved.
func threeRungs() (Plan, []EncodedRendition) {
	plan := Plan{Frames: 301, AudioIndex: 1, Rungs: []PlannedRung{
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

// TestNothingIsPublishedThatDoesNotDecode: the smallest rung must give exactly
// the frames that were planned, without a complaint.
func TestNothingIsPublishedThatDoesNotDecode(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		media finisher
		want  error
	}{
		"all":         {finisher{decoded: Decoded{Frames: 151}}, nil},
		"one missing": {finisher{decoded: Decoded{Frames: 150}}, ErrUndecodable},
		"one more":    {finisher{decoded: Decoded{Frames: 152}}, ErrUndecodable},
		"damaged":     {finisher{decoded: Decoded{Frames: 151, Complaints: 1}}, ErrUndecodable},
		"not copied":  {finisher{decoded: Decoded{Frames: 151}, failure: broken}, broken},
	} {
		for _, test.media.noPictures = range []bool{false, true} {
			plan, renditions := threeRungs()
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
				t.Fatal(err)
			}
			job, _, err := Derive(t.Context(), &test.media, plan, renditions, dir, slog.New(slog.DiscardHandler))
			if !errors.Is(err, test.want) {
				t.Errorf("%s: %v", name, err)
			}
			if test.media.checked != "v240" || test.media.copied != "v360" {
				t.Errorf("%s: decoded %s, copied %s", name, test.media.checked, test.media.copied)
			}
			if job.Silent || job.Progressive != filepath.Join(dir, "progressive.mp4") || job.Renditions[0].Frames != 301 || job.Renditions[2].Frames != 151 {
				t.Errorf("%s: %+v", name, job)
			}
			if test.want != nil {
				continue
			}
			_, missing := os.Stat(filepath.Join(dir, "out", "thumbs"))
			if (job.Storyboard == nil) != test.media.noPictures || (missing != nil) != test.media.noPictures {
				t.Errorf("%s: storyboard %v, its folder: %v", name, job.Storyboard, missing)
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
