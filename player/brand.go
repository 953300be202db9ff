package player

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Branding is how the pages of a program look and whom its doctors ask.
type Branding interface {
	// Brand is that of a program; when program is empty, the one that the reader
	// sees on pages of no program. false when there is none. It is called for
	// every page and must be cheap.
	Brand(ctx context.Context, program string) (Brand, bool)
	// Logo is the picture of a brand and its MIME type. ErrNotFound.
	Logo(ctx context.Context, program string) (kind string, picture []byte, err error)
	// AskForHelp sends what the reader wrote to the program's support.
	AskForHelp(ctx context.Context, request HelpRequest) error
}

// Brand is how the pages of a program look. Colours are #rrggbb or empty.
type Brand struct {
	Program                string // its id
	Name                   string // in the head; empty: that of Rounds
	Accent, AccentStrong   string // on light pages
	OnDark, OnDarkStrong   string
	Phone, WhatsApp, Email string // numbers with + and country code
	Logo                   bool
	Version                int
}

// HelpRequest is what a reader writes to the support of a program.
type HelpRequest struct{ Program, Message, Page, Device string }

// PhoneLink is RFC 3966's address of the phone.
func (b Brand) PhoneLink() string { return "tel:" + b.Phone }

// WhatsAppLink opens a chat.
func (b Brand) WhatsAppLink() string { return "https://wa.me/" + strings.TrimPrefix(b.WhatsApp, "+") }

// LogoURL and StyleURL change with each version, so browsers can keep them.
func (b Brand) LogoURL() string { return b.url("logo") }

// StyleURL is the address of the style sheet with the accent; empty without one.
func (b Brand) StyleURL() string {
	if b.Accent == "" {
		return ""
	}
	return b.url("style.css")
}

func (b Brand) url(file string) string {
	return fmt.Sprintf("/brands/%s/%s?v=%d", url.PathEscape(b.Program), file, b.Version)
}

// Help tells whether there is anybody to ask.
func (b Brand) Help() bool { return b.Phone != "" || b.WhatsApp != "" || b.Email != "" }

// brand is what a page looks like: nil is Rounds itself.
func (s *site) brand(r *http.Request, program string) *Brand {
	b, ok := s.Backend.Brand(r.Context(), program)
	if !ok {
		return nil
	}
	return &b
}

func (s *site) forHelp(page adder) {
	page("GET /help", s.helpPage)
	page("POST /help", s.sendHelp)
	page("GET /brands/{id}/logo", s.brandLogo)
	page("GET /brands/{id}/style.css", s.brandStyle)
}

// brandLogo serves the picture from our own origin. It is no secret: the sign-in
// page shows it too.
func (s *site) brandLogo(w http.ResponseWriter, r *http.Request) error {
	kind, picture, err := s.Backend.Logo(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	keep(w)
	_, _ = w.Write(picture) //nolint:gosec // G705: a picture that was checked, under its type, with nosniff
	return nil
}

// brandStyle is the accent as a style sheet, since pages hold no styles. Each
// colour was checked where it came in; what is none is left out.
func (s *site) brandStyle(w http.ResponseWriter, r *http.Request) error {
	b, ok := s.Backend.Brand(r.Context(), r.PathValue("id"))
	if !ok || b.Accent == "" {
		return ErrNotFound
	}
	for _, colour := range []string{b.Accent, b.AccentStrong, b.OnDark, b.OnDarkStrong} {
		if len(colour) != 7 || strings.Trim(colour, "#0123456789abcdef") != "" {
			return errors.New("player: a brand's colour is none: " + colour)
		}
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	keep(w)
	const rules = ":root{--accent:%s;--accent-strong:%s;--accent-ink:%s;--accent-soft:var(--sunken)}\n"
	_, _ = fmt.Fprintf(w, rules+"@media (prefers-color-scheme: dark){"+rules+"}\n", b.Accent, b.AccentStrong, "#ffffff", b.OnDark, b.OnDarkStrong, "#0e1619")
	return nil
}

// keep lets browsers keep what has its version in its address.
func keep(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
}

// helpView is the content of the help page.
type helpView struct {
	Brand  *Brand
	Sent   bool
	Signed bool
	Form   *form
}

func helpForm(r *http.Request) *form {
	return &form{Submit: "help.send", Action: "/help", Fields: []field{
		{Name: "message", Label: "help.message", Help: "help.message_help", Type: typeTextarea, Required: true, Value: prefilled(r)},
		{Name: "page", Type: "hidden", Value: safeNext(r.URL.Query().Get("page"))},
		{Name: "program", Type: "hidden", Value: r.URL.Query().Get("program")},
	}}
}

// maxPrefilled is the longest message that another page may begin.
const maxPrefilled = 2000

// prefilled is a message that another page has begun, for the reader to send or to change.
func prefilled(r *http.Request) string {
	message := r.URL.Query().Get("message")
	if len(message) > maxPrefilled {
		return ""
	}
	return message
}

// helpPage is everything there is to ask: phone, WhatsApp and a form.
func (s *site) helpPage(w http.ResponseWriter, r *http.Request) error {
	return s.showHelp(w, r, helpForm(r), r.URL.Query().Get("program"), r.URL.Query().Has("sent"))
}

func (s *site) showHelp(w http.ResponseWriter, r *http.Request, f *form, program string, sent bool) error {
	_, signed := s.Backend.Viewer(r.Context())
	view := helpView{Brand: s.brand(r, program), Sent: sent, Signed: signed, Form: f}
	s.render(w, r, f.status(), page{Name: "help", Title: "help.title", Program: program, Content: view})
	return nil
}

// sendHelp takes what was written, with the page it was written on and the device.
func (s *site) sendHelp(w http.ResponseWriter, r *http.Request) error {
	f := helpForm(r)
	f.keep(r)
	program := f.value("program")
	if err := f.missing(s.locale(r)); err != nil {
		_ = f.blame(err)
		return s.showHelp(w, r, f, program, false)
	}
	to := program
	if b := s.brand(r, program); b != nil {
		to = b.Program
	}
	request := HelpRequest{Program: to, Message: f.value("message"), Page: cmp.Or(safeNext(f.value("page")), "/"), Device: r.UserAgent()}
	if err := s.Backend.AskForHelp(r.Context(), request); err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
		return s.showHelp(w, r, f, program, false)
	}
	http.Redirect(w, r, "/help?sent=1&program="+url.QueryEscape(program), http.StatusSeeOther)
	return nil
}
