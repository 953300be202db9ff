package transcode_test

import (
	"slices"
	"strings"
	"testing"

	"rounds/transcode"
)

// slides is a sample of a webinar's slides as measured at 480 lines.
func slides() transcode.Complexity {
	return transcode.Complexity{
		Excerpts: 5, Motion: 0.008,
		Large: transcode.Trial{Pixels: 854 * 480, BitRate: 55_000}, Small: transcode.Trial{Pixels: 427 * 240, BitRate: 26_000},
	}
}

// camera is a sample of a lively camera picture.
func camera() transcode.Complexity {
	return transcode.Complexity{
		Excerpts: 5, Motion: 0.2,
		Large: transcode.Trial{Pixels: 854 * 480, BitRate: 900_000}, Small: transcode.Trial{Pixels: 427 * 240, BitRate: 260_000},
	}
}

func TestRungs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		sample  transcode.Complexity
		rate    float64
		size    [2]int
		want    []int
		halved  []int
		topCRF  int
		explain string
	}{
		{"unknown content keeps all", transcode.Complexity{}, 30, [2]int{1920, 1080}, []int{1080, 720, 480, 360, 240, 144}, []int{144}, 23, "unknown: no sample"},
		{"slides need three", slides(), 30, [2]int{1920, 1080}, []int{1080, 480, 240}, []int{240}, 25, "slides: a picture that follows costs 0.8 %"},
		{"small slides keep two", slides(), 25, [2]int{854, 480}, []int{480, 240}, []int{240}, 23, "dropped   360 (640×360)"},
		{"slides of the lowest size", slides(), 25, [2]int{426, 240}, []int{240, 144}, []int{144}, 23, "slides"},
		{"camera keeps the ladder", camera(), 25, [2]int{1920, 1080}, []int{1080, 720, 480, 360, 240, 144}, []int{144}, 23, "camera: a picture that follows costs 20.0 %"},
		{"motion is halved below 480", camera(), 60, [2]int{1920, 1080}, []int{1080, 720, 480, 360, 240, 144}, []int{360, 240, 144}, 23, "every second frame"},
		{"few frames are all kept", camera(), 12.5, [2]int{1280, 720}, []int{720, 480, 360, 240, 144}, nil, 23, "camera"},
		{"too small to be made smaller", camera(), 25, [2]int{160, 120}, []int{120}, nil, 23, "camera"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := talk()
			p.Video.Width, p.Video.Height, p.Video.MeanRate, p.Sample.Complexity = test.size[0], test.size[1], test.rate, test.sample
			plan := transcode.NewPlan(p, transcode.PlanOptions{})
			var lines, halved []int
			for _, r := range plan.Rungs {
				lines = append(lines, r.Lines)
				if r.Halved {
					halved = append(halved, r.Lines)
				}
			}
			if !slices.Equal(lines, test.want) || !slices.Equal(halved, test.halved) {
				t.Errorf("rungs %v, halved %v; want %v, %v\n%s", lines, halved, test.want, test.halved, plan)
			}
			if plan.Rungs[0].CRF != test.topCRF || !strings.Contains(plan.String(), test.explain) {
				t.Errorf("want CRF %d and %q in\n%s", test.topCRF, test.explain, plan)
			}
		})
	}
}

// TestCapFollowsPrediction: the cap of a camera picture is near twice its
// average, within half and all of what its size may have.
func TestCapFollowsPrediction(t *testing.T) {
	t.Parallel()
	p := talk()
	p.Sample.Complexity = camera()
	free := transcode.NewPlan(talk(), transcode.PlanOptions{}).Rungs
	for i, r := range transcode.NewPlan(p, transcode.PlanOptions{}).Rungs[:5] {
		if r.MaxRate > free[i].MaxRate || 2*r.MaxRate < free[i].MaxRate-1000 || r.Predicted > r.MaxRate+r.AudioBits {
			t.Errorf("%v: cap %d of %d, predicted %d", r.Rung, r.MaxRate, free[i].MaxRate, r.Predicted)
		}
	}
}

// TestLowestVariant: with sound it can never pass 150 kb/s over a segment.
func TestLowestVariant(t *testing.T) {
	t.Parallel()
	for _, c := range []transcode.Complexity{{}, slides(), camera()} {
		p := talk()
		p.Sample.Complexity = c
		plan := transcode.NewPlan(p, transcode.PlanOptions{})
		low := plan.Rungs[len(plan.Rungs)-1]
		peak := float64(low.MaxRate) + float64(low.BufferBits)/plan.SegmentS() + float64(low.AudioBits)
		if peak > 140_000 { // the container needs a few more
			t.Errorf("%s: %v bit/s over a segment", c.Content(), peak)
		}
	}
}
