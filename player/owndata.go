package player

import (
	"context"
	"net/http"
	"time"
)

// OwnData is what people see, decide and ask about what is kept of them.
type OwnData interface {
	// Consents are what the reader can decide, and what she has decided.
	Consents(ctx context.Context) ([]ConsentChoice, []ConsentDecision, error)
	DecideConsent(ctx context.Context, purpose, textVersion string, granted bool) error
	// Erasure is the reader's last request; nil when there is none.
	Erasure(ctx context.Context) (*Erasure, error)
	AskErasure(ctx context.Context, note string) error
	WithdrawErasure(ctx context.Context) error
	// OpenErasures, Erase and RefuseErasure are for administrators.
	OpenErasures(ctx context.Context) ([]Erasure, error)
	Erase(ctx context.Context, accountID, reason string) error
	RefuseErasure(ctx context.Context, id, reason string) error
}

// ConsentChoice is something that can be decided.
type ConsentChoice struct {
	Purpose, TextVersion string
	Granted              bool
}

// ConsentDecision is one that stands on record.
type ConsentDecision struct {
	Purpose, TextVersion string
	Granted              bool
	At                   time.Time
}

// Erasure is a wish to be forgotten.
type Erasure struct {
	ID, AccountID, Name, Email, Note string
	State                            string // open, done, refused, withdrawn
	Reason                           string
	CreatedAt                        time.Time
}

// ownDataView is the content of the page.
type ownDataView struct {
	Choices   []ConsentChoice
	Decisions []ConsentDecision
	Erasure   *Erasure
	Zone      string
}

func (s *site) forOwners(page adder) {
	page("GET /account/data", s.ownData)
	page("POST /account/data/consents", s.decideConsent)
	page("POST /account/data/erasure", s.askErasure)
	page("POST /account/data/erasure/withdraw", s.withdrawErasure)
	page("GET /admin/erasures", s.erasures)
	page("POST /admin/erasures/{id}", s.decideErasure)
}

// ownData shows the reader what is kept of her and what she can do about it.
func (s *site) ownData(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view := ownDataView{Zone: v.TimeZone}
	if view.Choices, view.Decisions, err = s.Backend.Consents(r.Context()); err != nil {
		return err
	}
	if view.Erasure, err = s.Backend.Erasure(r.Context()); err != nil {
		return err
	}
	return s.show(w, r, page{Name: "owndata", Title: "owndata.title", Section: "account", Content: view})
}

func (s *site) decideConsent(w http.ResponseWriter, r *http.Request) error {
	return toOwnData(w, r, s.Backend.DecideConsent(r.Context(), r.PostFormValue("purpose"), r.PostFormValue("text_version"), r.PostFormValue("granted") == "yes"))
}

func (s *site) askErasure(w http.ResponseWriter, r *http.Request) error {
	return toOwnData(w, r, s.Backend.AskErasure(r.Context(), r.PostFormValue("note")))
}

func (s *site) withdrawErasure(w http.ResponseWriter, r *http.Request) error {
	return toOwnData(w, r, s.Backend.WithdrawErasure(r.Context()))
}

func toOwnData(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		http.Redirect(w, r, "/account/data", http.StatusSeeOther)
	}
	return err
}

// erasuresView is the content of the administrators' list.
type erasuresView struct {
	Open []Erasure
	Zone string
}

// erasures lists who asked to be forgotten.
func (s *site) erasures(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	open, err := s.Backend.OpenErasures(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "erasures", Title: "erasures.title", Section: "admin", Content: erasuresView{open, v.TimeZone}})
}

// decideErasure erases a person, or refuses to.
func (s *site) decideErasure(w http.ResponseWriter, r *http.Request) error {
	var err error
	if reason := r.PostFormValue("reason"); r.PostFormValue("refuse") != "" {
		err = s.Backend.RefuseErasure(r.Context(), r.PathValue("id"), reason)
	} else {
		err = s.Backend.Erase(r.Context(), r.PostFormValue("account_id"), reason)
	}
	if err == nil {
		http.Redirect(w, r, "/admin/erasures", http.StatusSeeOther)
	}
	return err
}
