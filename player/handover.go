package player

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// HandingOver signs in on a computer that others use too, by a phone that is
// signed in: the computer shows a picture and a number, the phone confirms.
type HandingOver interface {
	// BeginHandover begins one in the computer's browser.
	BeginHandover(ctx context.Context) (Handover, error)
	// UseHandover signs the computer in once the phone has confirmed; waits is true
	// until then. A *FieldError says that it is over.
	UseHandover(w http.ResponseWriter, r *http.Request, id, secret string) (waits bool, err error)
	// HandoverAsked is what the phone shows; ErrNotFound when there is nothing to decide.
	HandoverAsked(ctx context.Context, id string) (HandoverAsked, error)
	// DecideHandover takes the owner's word. A wrong number is a *FieldError, and
	// the end of it.
	DecideHandover(ctx context.Context, id string, confirm bool, number int) error
	// Picture draws an address.
	Picture(address string) (Picture, error)
}

// Handover is one that has begun. Secret stays in the browser that asked.
type Handover struct {
	ID, Secret string
	Number     int
}

// HandoverAsked is what is to be signed in.
type HandoverAsked struct {
	Device, Network string
	SameNetwork     bool // as the phone's
	Numbers         []int
	AskedAt         time.Time
}

// Picture is a QR code: a path that fills dark squares of one unit, Size of them
// in each direction.
type Picture struct {
	Size int
	Path string
}

const (
	handoverCookie  = "rounds_handover"
	handoverPath    = "/sign-in/phone"
	handoverSeconds = 180
	handoverRefresh = 4 // seconds, without script
)

// handoverView is the content of the computer's page: nothing begun, waiting, or over.
type handoverView struct {
	Number  string // on the screen; empty: nothing has begun
	Picture Picture
	Over    string // why it is
}

// handoverPage is the computer's page. It signs in as soon as the phone has
// confirmed: by a script that asks, or by loading itself again.
func (s *site) handoverPage(w http.ResponseWriter, r *http.Request) error {
	if v, ok := s.Backend.Viewer(r.Context()); ok {
		s.keepHandover(w, "", -1)
		http.Redirect(w, r, startPage(v), http.StatusSeeOther)
		return nil
	}
	h, begun := handoverOf(r)
	if !begun {
		return s.showHandover(w, r, handoverView{})
	}
	waits, err := s.Backend.UseHandover(w, r, h.ID, h.Secret)
	if said := reasonOf(err); said != "" {
		s.keepHandover(w, "", -1)
		return s.showHandover(w, r, handoverView{Over: said})
	}
	if err != nil {
		return err
	}
	if !waits {
		s.keepHandover(w, "", -1)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	picture, err := s.Backend.Picture(s.BaseURL + "/phone/" + h.ID)
	if err != nil {
		return err
	}
	return s.showHandover(w, r, handoverView{Number: strconv.Itoa(h.Number), Picture: picture})
}

func (s *site) showHandover(w http.ResponseWriter, r *http.Request, view handoverView) error {
	p := page{Name: "handover", Title: "handover.title", Script: formScript, Content: view}
	if view.Number != "" {
		p.Refresh = handoverRefresh
	}
	status := http.StatusOK
	if view.Over != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, r, status, p)
	return nil
}

// beginHandover is the button of the computer's page.
func (s *site) beginHandover(w http.ResponseWriter, r *http.Request) error {
	h, err := s.Backend.BeginHandover(r.Context())
	if said := reasonOf(err); said != "" {
		return s.showHandover(w, r, handoverView{Over: said})
	}
	if err != nil {
		return err
	}
	s.keepHandover(w, h.ID+"."+h.Secret+"."+strconv.Itoa(h.Number), handoverSeconds)
	http.Redirect(w, r, handoverPath, http.StatusSeeOther)
	return nil
}

// keepHandover binds a handover to the browser that asked for it.
func (s *site) keepHandover(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: handoverCookie, Value: value, Path: handoverPath, MaxAge: seconds,
		HttpOnly: true, Secure: s.https(), SameSite: http.SameSiteLaxMode,
	})
}

func handoverOf(r *http.Request) (h Handover, begun bool) {
	cookie, err := r.Cookie(handoverCookie)
	if err != nil {
		return h, false
	}
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 || !onlyIDRunes(parts[0]) {
		return h, false
	}
	number, err := strconv.Atoi(parts[2])
	return Handover{ID: parts[0], Secret: parts[1], Number: number}, err == nil
}

func onlyIDRunes(id string) bool {
	return id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// reasonOf is what err tells the reader; empty when it is not about her.
func reasonOf(err error) string {
	f := &form{}
	if f.blame(err) != nil {
		return ""
	}
	return f.Message
}

// phoneView is the content of the phone's page.
type phoneView struct {
	ID      string
	Asked   HandoverAsked
	Zone    string
	Done    string // key of what came of it
	Problem string
}

// phonePage asks on the phone.
func (s *site) phonePage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	asked, err := s.Backend.HandoverAsked(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "phone", Title: "phone.title", Content: phoneView{ID: r.PathValue("id"), Asked: asked, Zone: v.TimeZone}})
}

// decideOnPhone takes the number that was pressed, or the refusal.
func (s *site) decideOnPhone(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.viewer(r); err != nil {
		return err
	}
	number, _ := strconv.Atoi(r.PostFormValue("number")) // none is no number on any screen
	confirm := r.PostFormValue("refuse") == ""
	err := s.Backend.DecideHandover(r.Context(), r.PathValue("id"), confirm, number)
	view := phoneView{Done: "phone.confirmed", Problem: reasonOf(err)}
	if err != nil && view.Problem == "" {
		return err
	}
	status := http.StatusOK
	if view.Problem != "" {
		status = http.StatusUnprocessableEntity
	} else if !confirm {
		view.Done = "phone.refused"
	}
	s.render(w, r, status, page{Name: "phone", Title: "phone.title", Content: view})
	return nil
}
