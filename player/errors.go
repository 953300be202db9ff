package player

import (
	"errors"
	"net/http"
)

// What a Backend answers besides views.
var (
	// ErrSignedOut leads to the sign-in page and back here afterwards.
	ErrSignedOut = errors.New("player: not signed in")
	// ErrNotFound: nothing here, or nothing this person may know of.
	ErrNotFound = errors.New("player: not found")
	// ErrForbidden: this person's account is not allowed to do this.
	ErrForbidden = errors.New("player: forbidden")
)

// FieldError names the form field that cannot be used and the remedy. Field is
// the input's name on the form (the same as in the JSON API).
type FieldError struct{ Field, Message string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

// Refusal is an act that is not possible now, in words for the reader.
// Status is the HTTP status to answer with; 0 means 409.
type Refusal struct {
	Status  int
	Message string
}

func (e *Refusal) Error() string { return e.Message }

// errorView is the content of the error page.
type errorView struct {
	Status  int
	Message string
}

// fail answers a request whose handler returned err.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *Refusal
	var field *FieldError
	switch {
	case errors.Is(err, ErrSignedOut):
		http.Redirect(w, r, signInURL(r), http.StatusSeeOther) //nolint:gosec // G710: always our own /sign-in
	case errors.Is(err, ErrNotFound):
		s.showError(w, r, http.StatusNotFound, "error.not_found")
	case errors.Is(err, ErrForbidden):
		s.showError(w, r, http.StatusForbidden, "error.forbidden")
	case errors.As(err, &refusal):
		s.render(w, r, statusOf(refusal), page{Name: "error", Title: "error.title", Content: errorView{statusOf(refusal), refusal.Message}})
	case errors.As(err, &field):
		s.render(w, r, http.StatusUnprocessableEntity, page{
			Name: "error", Title: "error.title",
			Content: errorView{http.StatusUnprocessableEntity, field.Message},
		})
	case r.Context().Err() != nil:
		// The reader went away; nobody sees an answer.
	default:
		s.log.ErrorContext(r.Context(), "page failed", "path", loggedPath(r), "error", err)
		s.showError(w, r, http.StatusInternalServerError, "error.internal")
	}
}

// showError renders the error page with a sentence of the locale.
func (s *site) showError(w http.ResponseWriter, r *http.Request, status int, key string) {
	s.render(w, r, status, page{Name: "error", Title: "error.title", Content: errorView{status, s.locale(r).T(key)}})
}

func statusOf(e *Refusal) int {
	if e.Status == 0 {
		return http.StatusConflict
	}
	return e.Status
}
