package transcode_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rounds/catalog"
	"rounds/transcode"
)

func TestLadder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		video transcode.VideoStream
		want  [][3]int
	}{
		{"1080p", transcode.VideoStream{Width: 1920, Height: 1080}, [][3]int{{1080, 1920, 1080}, {720, 1280, 720}, {480, 854, 480}, {360, 640, 360}, {240, 426, 240}}},
		{"4K goes down", transcode.VideoStream{Width: 3840, Height: 2160}, [][3]int{{1080, 1920, 1080}, {720, 1280, 720}, {480, 854, 480}, {360, 640, 360}, {240, 426, 240}}},
		{"never up", transcode.VideoStream{Width: 1366, Height: 768}, [][3]int{{720, 1280, 720}, {480, 854, 480}, {360, 640, 360}, {240, 426, 240}}},
		{"4:3", transcode.VideoStream{Width: 640, Height: 480}, [][3]int{{480, 640, 480}, {360, 480, 360}, {240, 320, 240}}},
		{"portrait", transcode.VideoStream{Width: 720, Height: 1280}, [][3]int{{720, 720, 1280}, {480, 480, 854}, {360, 360, 640}, {240, 240, 426}}},
		{"rotated", transcode.VideoStream{Width: 1280, Height: 720, Rotation: 270}, [][3]int{{720, 720, 1280}, {480, 480, 854}, {360, 360, 640}, {240, 240, 426}}},
		{"PAL 16:9", transcode.VideoStream{Width: 720, Height: 576, SampleShape: transcode.Ratio{Num: 64, Den: 45}}, [][3]int{{576, 1024, 576}, {480, 854, 480}, {360, 640, 360}, {240, 426, 240}}},
		{"between sizes", transcode.VideoStream{Width: 1600, Height: 901}, [][3]int{{900, 1598, 900}, {720, 1278, 720}, {480, 852, 480}, {360, 640, 360}, {240, 426, 240}}},
		{"small", transcode.VideoStream{Width: 320, Height: 180}, [][3]int{{180, 320, 180}}},
		{"small and odd", transcode.VideoStream{Width: 101, Height: 77}, [][3]int{{76, 100, 76}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got [][3]int
			for _, r := range transcode.Ladder(test.video) {
				got = append(got, [3]int{r.Lines, r.Width, r.Height})
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// drawProbe makes any probe that Judge may accept.
func drawProbe(t *rapid.T) transcode.Probe {
	p := talk()
	v := p.Video
	v.Width = rapid.IntRange(2, 4096).Draw(t, "width")
	v.Height = rapid.IntRange(2, 2160).Draw(t, "height")
	v.Rotation = 90 * rapid.IntRange(0, 3).Draw(t, "turns")
	v.MeanRate = rapid.Float64Range(0.2, 240).Draw(t, "rate")
	v.Regular = rapid.Bool().Draw(t, "regular")
	v.QuickGapS = 1 / v.MeanRate
	p.StartS = rapid.Float64Range(-1, 10).Draw(t, "start")
	v.StartS = p.StartS + rapid.Float64Range(0, 0.2).Draw(t, "late")
	v.DeclaredS = 0
	v.EndS = v.StartS + rapid.Float64Range(1, 40_000).Draw(t, "length")
	p.DurationS = v.EndS - p.StartS
	p.Audio.EndS = v.EndS
	return p
}

// TestPlanProperties: whatever is accepted, the plan keeps its promises.
func TestPlanProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProbe(t)
		if _, failure := transcode.Judge(p); failure != nil {
			t.Skip(failure.Code)
		}
		plan := transcode.NewPlan(p, transcode.PlanOptions{})
		rate := plan.Rate.Float()
		if off := math.Abs(plan.DurationS() - (p.Video.EndS - p.StartS)); off > 1.5/rate+1e-6 {
			t.Fatalf("%v s off at %v frames a second", off, rate)
		}
		if rate < 5 || rate > 60.1 {
			t.Fatalf("rate %v", rate)
		}
		if gop := float64(plan.GOP) / rate; gop < 1.8 || gop > 2.2 {
			t.Fatalf("IDR each %v s", gop)
		}
		if plan.Segment != 3*plan.GOP {
			t.Fatalf("segment of %d frames, GOP of %d", plan.Segment, plan.GOP)
		}
		checkRungs(t, *p.Video, plan.Rungs)
	})
}

func checkRungs(t *rapid.T, v transcode.VideoStream, rungs []transcode.PlannedRung) {
	width, height := v.DisplaySize()
	last := transcode.PlannedRung{MaxRate: math.MaxInt}
	for i, r := range rungs {
		if r.Width%2 != 0 || r.Height%2 != 0 || r.Width < 2 || r.Height < 2 {
			t.Fatalf("%v is not even", r)
		}
		if r.Width > max(width, 2) || r.Height > max(height, 2) {
			t.Fatalf("%v enlarges %d×%d", r, width, height)
		}
		if i > 0 && r.Lines >= last.Lines || r.MaxRate > last.MaxRate || r.BufferBits > r.MaxRate {
			t.Fatalf("%v after %v", r, last)
		}
		last = r
	}
	if len(rungs) == 0 {
		t.Fatal("no rungs")
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		rate    float64
		regular bool
		want    transcode.Ratio
	}{
		{"film", 23.976, true, transcode.Ratio{Num: 24000, Den: 1001}},
		{"NTSC from milliseconds", 29.9698, true, transcode.Ratio{Num: 30000, Den: 1001}},
		{"PAL", 25, true, transcode.Ratio{Num: 25, Den: 1}},
		{"security camera", 12.5, true, transcode.Ratio{Num: 25, Den: 2}},
		{"high speed", 120, true, transcode.Ratio{Num: 120, Den: 2}},
		{"slides at one a second", 1, true, transcode.Ratio{Num: 5, Den: 1}},
		{"odd", 17.3, true, transcode.Ratio{Num: 17300, Den: 1000}},
		{"slow screen capture", 2, false, transcode.Ratio{Num: 25, Den: 1}},
		{"screen capture", 30, false, transcode.Ratio{Num: 30, Den: 1}},
		{"game capture", 144, false, transcode.Ratio{Num: 60, Den: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := talk()
			p.Video.MeanRate, p.Video.QuickGapS, p.Video.Regular = test.rate, 1/test.rate, test.regular
			if got := transcode.NewPlan(p, transcode.PlanOptions{}).Rate; got.Float() != test.want.Float() {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestCut: a part begins at the nearest frame, and something is always left.
func TestCut(t *testing.T) {
	t.Parallel()
	whole := transcode.Plan{Rate: transcode.Ratio{Num: 30000, Den: 1001}, Frames: 1000, SourceFrames: 990}
	for _, test := range []struct {
		cut          catalog.Cut
		skip, frames int
	}{
		{catalog.Cut{}, 0, 1000},
		{catalog.Cut{FromMS: 1001}, 30, 970},
		{catalog.Cut{FromMS: 1017}, 30, 970},
		{catalog.Cut{FromMS: 1018}, 31, 969},
		{catalog.Cut{ToMS: 10_010}, 0, 300},
		{catalog.Cut{FromMS: 10_010, ToMS: 20_020}, 300, 300},
		{catalog.Cut{FromMS: 10_010, ToMS: 99_000}, 300, 700},
		{catalog.Cut{FromMS: 99_000}, 999, 1},
		{catalog.Cut{FromMS: 10_010, ToMS: 10_011}, 300, 1},
	} {
		got := whole.Cut(test.cut)
		if got.Skip != test.skip || got.Frames != test.frames || (got.SourceFrames == 0) != (test.cut != catalog.Cut{}) {
			t.Errorf("%+v: skips %d, shows %d, of %d", test.cut, got.Skip, got.Frames, got.SourceFrames)
		}
	}
}
