package player

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Webinar is the player page. The script opens the playback session with the
// JSON API; what stands here is shown before that, and without scripts.
type Webinar struct {
	ID, Title, Description string
	ProgramID              string
	ProgramTitle           string
	Around                 Program // with the reader's progress, so that the page can tell what comes next
	CourseTitle            string
	Presenters             []string
	StartsAt               *time.Time
	Playable               bool
	Withdrawn              bool // its recording was shown, and is not now
	DurationS              float64
	ResumeAtS              float64 // exactly where play starts
	WatchedPercent         float64
	Watched                [][2]float64 // seconds, sorted, disjoint
	Completed              bool
	ThresholdPercent       float64      // what has to be watched; 0 when unknown
	Excluded               [][2]float64 // seconds that are neither counted nor needed, sorted, disjoint
	Captions               []Caption
	Chapters               []Chapter // without titles when only suggested
	Poster                 string    // address; empty: none
	Rungs                  Rungs     // of the recording, without the sound alone
	Materials              []Material
}

// Material is a file that goes with the webinar.
type Material struct {
	Title, URL, Filename string
	SizeBytes            int64
}

// Rung is a quality of the recording: the folder of its playlist beside the
// multivariant one, and the most bits a second that it takes.
type Rung struct {
	Name string
	Bps  int64
}

// Rungs are written as the script reads them: "v240:70592 v480:201600".
type Rungs []Rung

// String implements fmt.Stringer.
func (r Rungs) String() string {
	words := make([]string, len(r))
	for i, rung := range r {
		words[i] = rung.Name + ":" + strconv.FormatInt(rung.Bps, 10)
	}
	return strings.Join(words, " ")
}

// Caption is a WebVTT track; Lang is a BCP 47 tag.
type Caption struct{ Lang, URL string }

// webinarView is the content of the player page.
type webinarView struct {
	Webinar
	Zone      string
	Rehearsed bool // it is the reader's own rehearsal
	After     afterView
	Questions questionsView
}

// webinar shows the player.
func (s *site) webinar(w http.ResponseWriter, r *http.Request) error {
	return s.showWebinar(w, r, questionForm(r.PathValue("id")), nil)
}

// showWebinar shows the player with the form for questions below it, new or with
// what was wrong, and with why a question could not be taken back, if that was it.
func (s *site) showWebinar(w http.ResponseWriter, r *http.Request, f *form, refused *Refusal) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	found, err := s.Backend.Webinar(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	view := webinarView{Webinar: found, Zone: v.TimeZone, After: afterOf(found, time.Now())}
	if view.Rehearsed, err = s.rehearses(r, v, found.ID); err != nil {
		return err
	}
	if view.Questions, err = s.questions(r, v, found.ID, f); err != nil {
		return err
	}
	status := f.status()
	if refused != nil {
		status, view.Questions.Problem = statusOf(refused), refused.Message
	}
	p := page{Name: "webinar", Title: found.Title, Program: found.ProgramID, Section: sectionCourses, Wide: true, Content: view}
	if found.Playable {
		p.Script, p.Begin = "player.js", found.ID
	}
	s.render(w, r, status, p)
	return nil
}
