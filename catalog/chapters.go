package catalog

import "fmt"

// Chapter is a part of a recording that viewers can jump to.
type Chapter struct {
	StartMS int64  `json:"start_ms"`
	Title   string `json:"title"`
}

// Stills are the pictures that an attempt took from a recording beside its
// storyboard.
type Stills struct {
	// SlidesMS are the starts of the chapters that slide changes suggest, in
	// order; the n-th has the thumbnail ChapterThumbnail(n). Empty when the
	// recording shows no slides.
	SlidesMS []int64
	// PostersMS are the instants of the poster candidates; the n-th, counted
	// from 1, is PosterName(n). Candidate 0 is the poster made by itself.
	PostersMS []int64
}

// Extras is what belongs to a recording beside its picture and sound.
type Extras struct {
	Stills
	Token      string // path element of the live prefix; empty until ready
	DurationMS int64
	Poster     int       // the candidate that was chosen
	Decided    bool      // somebody has set Chapters, maybe to none
	Chapters   []Chapter // in order
}

// Bounds of what people set.
const (
	MaxChapters     = 100
	maxChapterTitle = 120 // characters
)

// CheckChapters tidies the titles of chapters and tells whether they are in
// order and within a recording of that length. The error is a *FieldError that
// names the chapter.
func CheckChapters(chapters []Chapter, durationMS int64) ([]Chapter, error) {
	if len(chapters) > MaxChapters {
		return nil, Invalid("items", "Please send at most %d chapters.", MaxChapters)
	}
	checked, before := make([]Chapter, len(chapters)), int64(-1)
	for i, c := range chapters {
		title, err := CleanLine(fmt.Sprintf("items[%d].title", i), c.Title, maxChapterTitle, true)
		if err != nil {
			return nil, err
		}
		start := fmt.Sprintf("items[%d].start_s", i)
		switch {
		case c.StartMS < 0 || c.StartMS >= durationMS:
			return nil, Invalid(start, "%q starts outside the recording, which is %s long.", title, clockOf(durationMS))
		case c.StartMS <= before:
			return nil, Invalid(start, "%q does not start after the chapter before it. Please put chapters in order.", title)
		}
		checked[i], before = Chapter{StartMS: c.StartMS, Title: title}, c.StartMS
	}
	return checked, nil
}
