package transcode

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// finisher is a Media that decodes what it is told to.
type finisher struct {
	Media
	decoded         Decoded
	failure         error
	checked, copied string
}

func (f *finisher) DecodeAll(_ context.Context, from EncodedRendition) (Decoded, error) {
	f.checked = from.Name
	return f.decoded, nil
}

func (f *finisher) Progressive(_ context.Context, from EncodedRendition, _ string) error {
	f.copied = from.Name
	return f.failure
}

// threeRungs is a job of a plan with 301 frames, the last rung halved.
func threeRungs() (Plan, PackageJob) {
	plan := Plan{Frames: 301, AudioIndex: 1, Rungs: []PlannedRung{
		{Rung: Rung{Width: 1280, Height: 720, Lines: 720}},
		{Rung: Rung{Width: 640, Height: 360, Lines: 360}},
		{Rung: Rung{Width: 256, Height: 144, Lines: 144}, Halved: true},
	}}
	var job PackageJob
	for _, r := range plan.Rungs {
		job.Renditions = append(job.Renditions, EncodedRendition{Name: r.Name(), Width: r.Width, Height: r.Height})
	}
	return plan, job
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
		plan, job := threeRungs()
		d := &derivation{media: &test.media, plan: plan, dir: t.TempDir()}
		err := d.accompany(t.Context(), &job)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if test.media.checked != "v144" || test.media.copied != "v360" {
			t.Errorf("%s: decoded %s, copied %s", name, test.media.checked, test.media.copied)
		}
		if job.Silent || job.Progressive != filepath.Join(d.dir, "progressive.mp4") || job.Renditions[0].Frames != 301 || job.Renditions[2].Frames != 151 {
			t.Errorf("%s: %+v", name, job)
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
