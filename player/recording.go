package player

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Enriching is what the makers of a webinar add to its recording.
type Enriching interface {
	// RecordingDetails is one recording with all that belongs to it.
	RecordingDetails(ctx context.Context, id string) (RecordingDetails, error)
	// SaveCaptions takes an SRT or WebVTT file. A *FieldError says which line cannot be used.
	SaveCaptions(ctx context.Context, id, lang string, file []byte) error
	// RemoveCaptions removes the captions in a language.
	RemoveCaptions(ctx context.Context, id, lang string) error
	// SaveChapters replaces all chapters; none is a decision too.
	SaveChapters(ctx context.Context, id string, chapters []Chapter) error
	// ChoosePoster chooses one of the candidates.
	ChoosePoster(ctx context.Context, id string, candidate int) error
	// SetTimeMap says which earlier recording this one replaces, and where its seconds are.
	SetTimeMap(ctx context.Context, id string, m TimeMap) error
	// SetLiveMap says where the live session lies on a recording; pictures are not looked at.
	SetLiveMap(ctx context.Context, id string, m LiveMap) error
	// TrimRecording has a recording made of the same file that shows fromS to toS
	// of it only, and returns its id.
	TrimRecording(ctx context.Context, id string, fromS, toS float64) (string, error)
}

// RecordingDetails is a recording, for those who make it.
type RecordingDetails struct {
	Recording
	WebinarID, WebinarTitle string
	Captions                []CaptionTrack
	Decided                 bool      // somebody has set the chapters
	Chapters                []Chapter // as they were set
	Suggested               []Chapter // where the slides change
	Poster                  int       // the candidate that was chosen
	Posters                 []PosterCandidate
	Earlier                 []Recording // of the webinar, the newest first
	TimeMap                 TimeMap
	Cut                     RecordingCut
	Live                    LiveMap
	WebinarPublishes        bool // by itself, when a recording is ready
	WithdrawReason          string
}

// RecordingCut is what a trimmed recording shows of the uploaded file; all zero
// when that is everything.
type RecordingCut struct{ FromS, ToS, WholeS float64 }

// Arrived tells whether the whole file is there, so that it can be watched.
func (r RecordingDetails) Arrived() bool { return r.State != "uploading" }

// Begun tells whether the beginning is converted while the rest is not: the
// sound and a part of the picture, at least.
func (r RecordingDetails) Begun() bool { return r.State == "processing" && r.PartsDone > 1 }

// CaptionTrack is the captions in one language.
type CaptionTrack struct {
	Lang     string // BCP 47
	URL      string
	Cues     int
	Warnings []string
}

// Chapter is a part of a recording. Picture is an address, or empty.
type Chapter struct {
	StartS  float64
	Title   string
	Picture string
}

// PosterCandidate is a picture that can stand for a recording. AtS is negative
// for the one that was chosen by itself.
type PosterCandidate struct {
	Candidate int
	AtS       float64
	URL       string
}

// maxCaptionForm bounds the form with a caption file: what the API takes, and
// what the form adds to it.
const maxCaptionForm = 4<<20 + 64<<10

// chapterRow is a line of the chapters' form.
type chapterRow struct {
	At, Title, Picture string
	Keep, New          bool
}

// recordingView is the content of the page of a recording.
type recordingView struct {
	RecordingDetails
	Languages   []Option
	Rows        []chapterRow
	Saved       string            // which block was just saved
	Problems    map[string]string // by block
	Lang        string            // chosen for the captions
	TimeMapForm timeMapForm
	TrimForm    trimForm
	LiveForm    liveForm
}

// recordingPage shows what belongs to a recording, and the forms to change it.
func (s *site) recordingPage(w http.ResponseWriter, r *http.Request) error {
	view, err := s.recordingOf(r)
	if err != nil {
		return err
	}
	if saved := r.URL.Query().Get("saved"); slices.Contains([]string{"captions", "removed", "chapters", "poster", "replaces", "trimmed", "live", "shown", "withdrawn"}, saved) {
		view.Saved = saved
	}
	return s.showRecording(w, r, http.StatusOK, view)
}

func (s *site) recordingOf(r *http.Request) (recordingView, error) {
	v, err := s.viewer(r)
	if err != nil {
		return recordingView{}, err
	}
	found, err := s.Backend.RecordingDetails(r.Context(), r.PathValue("id"))
	if err != nil {
		return recordingView{}, err
	}
	return recordingView{
		RecordingDetails: found, Languages: s.locale(r).languageOptions(), Rows: chapterRows(found), Problems: map[string]string{},
		TimeMapForm: found.TimeMap.formOf(s.locale(r), found.Earlier),
		TrimForm:    found.trimForm(),
		LiveForm:    found.Live.formOf(v.TimeZone),
	}, nil
}

func (s *site) showRecording(w http.ResponseWriter, r *http.Request, status int, view recordingView) error {
	s.render(w, r, status, page{Name: "recording", Title: "details.title", Section: presenterSection, Script: "recording.js", Content: view})
	return nil
}

// chapterRows are the chapters that were set, then the suggestions that were
// not taken, in order of time, and empty rows to add some.
func chapterRows(d RecordingDetails) []chapterRow {
	all := slices.Clone(d.Chapters)
	taken := len(all)
	for _, suggestion := range d.Suggested {
		near := func(c Chapter) bool { return max(c.StartS-suggestion.StartS, suggestion.StartS-c.StartS) <= 2 }
		if !slices.ContainsFunc(d.Chapters, near) {
			all = append(all, Chapter{StartS: suggestion.StartS, Picture: suggestion.Picture})
		}
	}
	rows := make([]chapterRow, 0, len(all)+newChapters)
	for i, c := range all {
		rows = append(rows, chapterRow{At: clock(c.StartS), Title: c.Title, Picture: c.Picture, Keep: i < taken || !d.Decided})
	}
	slices.SortStableFunc(rows, func(a, b chapterRow) int {
		atA, _ := readClock(a.At)
		atB, _ := readClock(b.At)
		return int(atA - atB)
	})
	for range newChapters {
		rows = append(rows, chapterRow{Keep: true, New: true})
	}
	return rows
}

// newChapters can be added at a time.
const newChapters = 4

// saved returns to the page after a change, or shows it again with what was
// wrong beside its form.
func (s *site) saved(w http.ResponseWriter, r *http.Request, block, saved string, err error, keep func(*recordingView)) error {
	if err == nil {
		to := "/recordings/" + url.PathEscape(r.PathValue("id")) + "?saved=" + saved + "#" + block
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	status, words, err := complaint(err)
	if err != nil {
		return err
	}
	view, err := s.recordingOf(r)
	if err != nil {
		return err
	}
	view.Problems[block] = words
	if keep != nil {
		keep(&view)
	}
	return s.showRecording(w, r, status, view)
}

// saveCaptions takes the caption file of the form.
func (s *site) saveCaptions(w http.ResponseWriter, r *http.Request) error {
	file, err := captionFile(s.locale(r), r)
	lang := r.PostFormValue("lang")
	if err == nil {
		err = s.Backend.SaveCaptions(r.Context(), r.PathValue("id"), lang, file)
	}
	return s.saved(w, r, "captions", "captions", err, func(v *recordingView) { v.Lang = lang })
}

// captionFile reads the captions of the form.
func captionFile(l *locale, r *http.Request) ([]byte, error) {
	file, err := formFile(r)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, &FieldError{Field: "file", Message: l.T("details.captions_large")}
	case err != nil:
		return nil, &FieldError{Field: "file", Message: l.T("details.captions_missing")}
	}
	return file, nil
}

var errTooLarge = errors.New("player: the file is too large")

// formFile reads the one file of a form. errTooLarge; another error when there is none.
func formFile(r *http.Request) ([]byte, error) {
	file, _, err := r.FormFile("file")
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	return io.ReadAll(file)
}

func (s *site) removeCaptions(w http.ResponseWriter, r *http.Request) error {
	return s.saved(w, r, "captions", "removed", s.Backend.RemoveCaptions(r.Context(), r.PathValue("id"), r.PostFormValue("lang")), nil)
}

func (s *site) choosePoster(w http.ResponseWriter, r *http.Request) error {
	candidate, err := strconv.Atoi(r.PostFormValue("candidate"))
	if err != nil {
		candidate = -1
	}
	return s.saved(w, r, "poster", "poster", s.Backend.ChoosePoster(r.Context(), r.PathValue("id"), candidate), nil)
}

// saveChapters takes the rows of the form that are ticked, and new ones.
func (s *site) saveChapters(w http.ResponseWriter, r *http.Request) error {
	rows := postedRows(r)
	chapters, err := keptChapters(s.locale(r), rows)
	if err == nil {
		err = s.Backend.SaveChapters(r.Context(), r.PathValue("id"), chapters)
	}
	return s.saved(w, r, "chapters", "chapters", err, func(v *recordingView) {
		for i := range rows {
			if i < len(v.Rows) {
				rows[i].Picture = v.Rows[i].Picture
			}
		}
		v.Rows = rows
	})
}

// postedRows reads the form as it was sent: fields of a row have the same place
// in their lists; the tick of a row, or what marks it as new, names its place.
func postedRows(r *http.Request) []chapterRow {
	_ = r.ParseForm() // what cannot be read is missing
	titles, kept, added := r.PostForm["title"], r.PostForm["keep"], r.PostForm["new"]
	var rows []chapterRow
	for i, at := range r.PostForm["at"] {
		row := chapterRow{At: strings.TrimSpace(at), Keep: slices.Contains(kept, strconv.Itoa(i))}
		if i < len(titles) {
			row.Title = strings.TrimSpace(titles[i])
		}
		if row.New = slices.Contains(added, strconv.Itoa(i)); row.New {
			row.Keep = true
		}
		rows = append(rows, row)
	}
	return rows
}

// keptChapters makes chapters of rows, in order of time; one without a title is
// called after its place.
func keptChapters(l *locale, rows []chapterRow) ([]Chapter, error) {
	chapters := []Chapter{}
	for _, row := range rows {
		if !row.Keep || row.New && row.At == "" && row.Title == "" {
			continue
		}
		at, err := readClock(row.At)
		if err != nil {
			return nil, &FieldError{Field: "at", Message: l.T("details.bad_time", row.At)}
		}
		chapters = append(chapters, Chapter{StartS: at, Title: row.Title})
	}
	slices.SortStableFunc(chapters, func(a, b Chapter) int { return int(1000 * (a.StartS - b.StartS)) })
	for i := range chapters {
		if chapters[i].Title == "" {
			chapters[i].Title = l.T("details.part", i+1)
		}
	}
	return chapters, nil
}

// languageOptions lists the languages of captions by name for a select.
func (l *locale) languageOptions() []Option {
	options := []Option{{Value: "", Label: l.T("form.choose")}}
	for tag, name := range l.Languages {
		options = append(options, Option{Value: tag, Label: name})
	}
	slices.SortFunc(options[1:], func(a, b Option) int { return strings.Compare(a.Label, b.Label) })
	return options
}

// Language is the name of a language, or its tag.
func (l *locale) Language(tag string) string {
	if name, ok := l.Languages[tag]; ok {
		return name
	}
	base, rest, _ := strings.Cut(tag, "-")
	if name, ok := l.Languages[base]; ok {
		return fmt.Sprintf("%s (%s)", name, rest)
	}
	return tag
}
