package transcode

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// slidesAt draws a talk: for each letter two seconds that show the slide of that
// name. A lower-case letter shows the same slide as its capital with one more
// line on it. shake moves a part of each picture.
func slidesAt(story string, shake func(second, x, y int) bool) []Glimpse {
	glimpses := make([]Glimpse, len(story))
	for n, name := range []byte(story) {
		luma := make([]byte, GlimpseWidth*GlimpseHeight)
		extra := name >= 'a'
		if extra {
			name -= 'a' - 'A'
		}
		for cell := range luma {
			x, y := cell%GlimpseWidth, cell/GlimpseWidth
			luma[cell] = 240
			if (x*7+y*13+int(name)*31)%11 < 3 && y > 4 && y < 30 || extra && y == 32 && x < 40 {
				luma[cell] = 40
			}
			if shake != nil && shake(2*n, x, y) {
				luma[cell] = byte(60 + (n*53+x*3+y*5)%120)
			}
		}
		glimpses[n] = Glimpse{At: time.Duration(n) * 2 * time.Second, Luma: luma}
	}
	return glimpses
}

func TestSlideStarts(t *testing.T) {
	t.Parallel()
	long := func(slidesAndSeconds ...any) (story string) {
		slide := ""
		for _, word := range slidesAndSeconds {
			if seconds, ok := word.(int); ok {
				story += strings.Repeat(slide, seconds/2)
			} else {
				slide = word.(string)
			}
		}
		return story
	}
	inset := func(_, x, y int) bool { return x > 48 && y > 24 }
	everywhere := func(_, x, _ int) bool { return x > 10 }
	many := ""
	for i := range 60 {
		many += long(string(rune('A'+i%26)), 40)
	}
	for name, tt := range map[string]struct {
		story string
		shake func(second, x, y int) bool
		want  []int // seconds
	}{
		"nothing":                  {"", nil, nil},
		"one picture":              {"A", nil, nil},
		"one slide":                {long("A", 100), nil, nil},
		"three slides":             {long("A", 20, "B", 20, "C", 20), nil, []int{0, 20, 40}},
		"beside a camera":          {long("A", 20, "B", 20, "C", 20), inset, []int{0, 20, 40}},
		"a line more is no slide":  {long("A", 20, "a", 20, "B", 20), nil, []int{0, 40}},
		"a moment's other slide":   {long("A", 20, "X", 2, "A", 20, "B", 20), nil, []int{0, 42}},
		"leafing on":               {long("A", 20, "B", 2, "C", 2, "D", 4, "E", 30), nil, []int{0, 28}},
		"leafing back to the same": {long("A", 30, "C", 2, "B", 2, "A", 30), nil, nil},
		"a title for a moment":     {long("T", 4, "A", 30, "B", 30), nil, []int{0, 34}},
		"too close to each other":  {long("A", 20, "B", 8, "C", 30), nil, []int{0, 20}},
		"just before the end":      {long("A", 20, "B", 20, "C", 4), nil, []int{0, 20}},
		"a film":                   {long("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8), nil, nil},
		"a camera":                 {long("A", 40, "B", 40), everywhere, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			glimpses := slidesAt(tt.story, tt.shake)
			var at []int
			for _, i := range SlideStarts(glimpses) {
				at = append(at, int(glimpses[i].At.Seconds()))
			}
			if !slices.Equal(at, tt.want) {
				t.Errorf("slides start at %v, want %v", at, tt.want)
			}
		})
	}
	if starts := SlideStarts(slidesAt(many, nil)); len(starts) != maxChapters || !slices.IsSorted(starts) || starts[0] != 0 {
		t.Errorf("sixty slides make %d chapters: %v", len(starts), starts)
	}
}

func TestStillsAreLaidOut(t *testing.T) {
	t.Parallel()
	glimpses := slidesAt("AAAAAAAAAABBBBBBBBBBCCCCCCCCCC", nil)
	found, stills := layOutStills(glimpses, SlideStarts(glimpses))
	if fmt.Sprint(found.SlidesMS) != "[0 19000 39000]" || len(found.PostersMS) != 3 {
		t.Errorf("found %+v", found)
	}
	var names []string
	for _, s := range stills {
		names = append(names, fmt.Sprintf("%s@%v", s.Name, s.At))
	}
	want := "[thumbs/chapter_000.jpg@2s thumbs/chapter_001.jpg@22s thumbs/chapter_002.jpg@42s"
	if got := fmt.Sprint(names); len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("stills %s", got)
	}
	if _, none := layOutStills(slidesAt("A", func(int, int, int) bool { return false }), nil); len(none) != 1 {
		t.Errorf("of a single picture %v are taken", none)
	}
	blankOnes := []Glimpse{{Luma: make([]byte, GlimpseWidth*GlimpseHeight)}}
	if _, none := layOutStills(blankOnes, nil); len(none) != 0 {
		t.Errorf("of a black recording %v are taken", none)
	}
}

func TestRungsThatPicturesComeFrom(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		heights      []int
		small, large int
	}{
		"a ladder":      {[]int{1080, 720, 360, 240, 0}, 240, 720},
		"a tall one":    {[]int{1080, 0}, 1080, 1080},
		"a small one":   {[]int{180, 0}, 180, 180},
		"a gap":         {[]int{2160, 1080, 144, 0}, 1080, 144},
		"without sound": {[]int{480, 240}, 240, 480},
	} {
		var plan Plan
		var renditions []EncodedRendition
		for _, h := range tt.heights {
			renditions = append(renditions, EncodedRendition{Height: h})
			if h > 0 {
				plan.Rungs = append(plan.Rungs, PlannedRung{Rung: Rung{Height: h}})
			}
		}
		if small, large := plan.Surveyed().Height, largePicture(renditions).Height; small != tt.small || large != tt.large {
			t.Errorf("%s: %d and %d, want %d and %d", name, small, large, tt.small, tt.large)
		}
	}
}
