package player

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Rehearsing is what presenters try everything with before it matters.
type Rehearsing interface {
	// Rehearsal is the reader's own; ErrNotFound when she has none, ErrForbidden
	// when she presents nothing.
	Rehearsal(ctx context.Context) (Rehearsal, error)
	// Rehearse is Rehearsal, and makes it when there is none. title is its webinar's.
	Rehearse(ctx context.Context, title string) (Rehearsal, error)
	// EndRehearsal removes it with its recordings.
	EndRehearsal(ctx context.Context) error
}

// Rehearsal is a webinar that only the reader sees, until it is removed.
type Rehearsal struct {
	WebinarID string
	RemovedAt time.Time
}

// rehearsal is the reader's own, or the zero value.
func (s *site) rehearsal(r *http.Request) (Rehearsal, error) {
	own, err := s.Backend.Rehearsal(r.Context())
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrForbidden) {
		return Rehearsal{}, nil
	}
	return own, err
}

// rehearses tells whether a webinar is the reader's own rehearsal.
func (s *site) rehearses(r *http.Request, v Viewer, webinar string) (bool, error) {
	if !v.Presenter {
		return false, nil
	}
	own, err := s.rehearsal(r)
	return own.WebinarID != "" && own.WebinarID == webinar, err
}

// onlySeenByMakers marks recordings of a rehearsal.
func onlySeenByMakers(recordings []Recording) {
	for i := range recordings {
		recordings[i].Private = true
	}
}

// rehearse makes or reopens it.
func (s *site) rehearse(w http.ResponseWriter, r *http.Request) error {
	own, err := s.Backend.Rehearse(r.Context(), s.locale(r).T("rehearsal.title"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/presenter/webinars/"+url.PathEscape(own.WebinarID), http.StatusSeeOther)
	return nil
}

func (s *site) endRehearsal(w http.ResponseWriter, r *http.Request) error {
	if err := s.Backend.EndRehearsal(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, "/presenter?saved=rehearsal", http.StatusSeeOther)
	return nil
}

// Watchable tells whether doctors see one of the recordings.
func (w PresentedWebinar) Watchable() bool {
	for _, r := range w.Recordings {
		if r.Current && !r.Withdrawn {
			return true
		}
	}
	return false
}
