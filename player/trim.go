package player

import (
	"net/http"
	"net/url"
	"strings"
)

// trimForm is what the form of the cuts shows: clock times of the uploaded file.
type trimForm struct{ From, To string }

// WholeS is how long the uploaded file plays; 0 while that is not known.
func (r RecordingDetails) WholeS() float64 {
	if r.Cut.WholeS > 0 {
		return r.Cut.WholeS
	}
	return r.DurationS
}

// Trimmed tells whether something is cut off at an end.
func (r RecordingDetails) Trimmed() bool { return r.Cut.WholeS > 0 }

// SourceRange is the media fragment of the part of the uploaded file that is shown.
func (r RecordingDetails) SourceRange() string {
	if !r.Trimmed() {
		return ""
	}
	return "#t=" + seconds(r.Cut.FromS) + "," + seconds(r.Cut.ToS)
}

// trimForm proposes what is shown now.
func (r RecordingDetails) trimForm() trimForm {
	if r.Trimmed() {
		return trimForm{exactClock(r.Cut.FromS), exactClock(r.Cut.ToS)}
	}
	return trimForm{exactClock(0), exactClock(r.DurationS)}
}

// trimRecording takes the form with where the recording shall begin and end.
func (s *site) trimRecording(w http.ResponseWriter, r *http.Request) error {
	typed := trimForm{strings.TrimSpace(r.PostFormValue("from")), strings.TrimSpace(r.PostFormValue("to"))}
	next, err := s.trimTo(r, typed)
	if err == nil {
		http.Redirect(w, r, "/recordings/"+url.PathEscape(next)+"?saved=trimmed#trim", http.StatusSeeOther)
		return nil
	}
	return s.saved(w, r, "trim", "trimmed", err, func(v *recordingView) { v.TrimForm = typed })
}

func (s *site) trimTo(r *http.Request, typed trimForm) (string, error) {
	from, err := s.readTime(r, typed.From)
	if err != nil {
		return "", err
	}
	to, err := s.readTime(r, typed.To)
	if err != nil {
		return "", err
	}
	return s.Backend.TrimRecording(r.Context(), r.PathValue("id"), from, to)
}

func (s *site) readTime(r *http.Request, text string) (float64, error) {
	at, err := readClock(text)
	if err != nil {
		return 0, &FieldError{Field: "from", Message: s.locale(r).T("details.bad_time", text)}
	}
	return at, nil
}
