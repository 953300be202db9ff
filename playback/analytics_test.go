package playback

import (
	"fmt"
	"testing"

	"rounds/catalog"
	"rounds/catalog/figures"
)

func TestNewCurve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		steps []Step
		want  string
	}{
		"nobody":             {nil, "[0 0 0 0 0]"},
		"from the start":     {[]Step{{0, 7}, {3, 2}, {5, 0}}, "[7 7 7 2 2]"},
		"a hole":             {[]Step{{0, 1}, {1, 0}, {4, 3}}, "[1 0 0 0 3]"},
		"beyond both ends":   {[]Step{{-2, 4}, {1, 3}, {9, 1}}, "[4 3 3 3 3]"},
		"only beyond an end": {[]Step{{6, 4}, {9, 0}}, "[0 0 0 0 0]"},
	} {
		if got := fmt.Sprint(NewCurve(c.steps, 4200)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// repeated is a curve of so many seconds at each height.
func repeated(seconds int, heights ...int) (c Curve) {
	for _, h := range heights {
		for range seconds {
			c = append(c, h)
		}
	}
	return c
}

func TestSmallCountsOfAnAudienceAreHidden(t *testing.T) {
	t.Parallel()
	a := Audience{
		DurationMS: 8000, Enrolled: 60, Started: 20, Live: 10, Replay: 14, Both: 4,
		LiveCurve:   repeated(2, 10, 10, 4, 0),
		ReplayCurve: repeated(2, 14, 4, 12, 3),
		BothCurve:   repeated(2, 4, 0, 0, 0),
		Total:       figures.Row{Counts: [figures.Columns]int{60, 20, 6}},
		Countries:   []figures.Row{{Name: "EG", Counts: [figures.Columns]int{30, 10, 3}}, {Name: "PT", Counts: [figures.Columns]int{28, 9, 3}}, {Name: "DE", Counts: [figures.Columns]int{2, 1, 0}}},
		Chapters:    []catalog.Chapter{{StartMS: 2000, Title: "Why"}, {StartMS: 6000, Title: "Questions"}},
	}
	told := a.Told()
	text := func(cells []figures.Cell) (out string) {
		for i := 0; i < len(cells); i += 2 {
			if cells[i] == nil {
				out += " ."
				continue
			}
			out += fmt.Sprint(" ", *cells[i])
		}
		return out
	}
	// Where 4 were live and 12 saw the recording, 16 in all would tell the 4.
	for name, c := range map[string][2]string{
		"all": {text(told.All.Curve), " 20 14 16 ."}, "live": {text(told.Live.Curve), " 10 . . ."}, "replay": {text(told.Replay.Curve), " 14 . . ."},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %q, want %q", name, c[0], c[1])
		}
	}
	if got := fmt.Sprintf("%.2f %.2f", *told.All.Mean, *told.Live.Mean); got != "66.25 60.00" {
		t.Errorf("means %s", got)
	}
	if len(told.Chapters) != 3 || told.Chapters[0].EndMS != 2000 || *told.Chapters[0].Doctors != 20 || *told.Chapters[1].Doctors != 15 || told.Chapters[2].Doctors != nil {
		t.Errorf("chapters %+v", told.Chapters)
	}
	for _, l := range told.Countries {
		if l.Name == "DE" && l.Cells[0] != nil || l.Name == "PT" && l.Cells[0] != nil || l.Name == "EG" && *l.Cells[0] != 30 {
			t.Errorf("%s tells %v", l.Name, l.Cells)
		}
	}
	few := Audience{DurationMS: 1000, Started: 4, Replay: 4, LiveCurve: Curve{0}, ReplayCurve: Curve{4}, BothCurve: Curve{0}}.Told()
	if few.All.Mean != nil || few.All.Curve[0] != nil {
		t.Errorf("of four doctors %+v", few.All)
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	for duration, want := range map[int64]int64{3_600_000: 3_420_000, 60_000: 50_000, 4000: 0} {
		if got := Tail(duration); got.From != want || got.To != duration {
			t.Errorf("tail of %d: %v", duration, got)
		}
	}
}
