package player

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// Wording is the words of messages, for whoever changes them.
type Wording interface {
	// Wordings are all messages there are in a language, as they are sent now.
	Wordings(ctx context.Context, locale string) ([]MessageWording, error)
	// MessageWording is one of them; ErrNotFound.
	MessageWording(ctx context.Context, which WordingOf) (MessageWording, error)
	// SaveWording stores the words as the next version and, when use is true, has
	// them sent from now on. A *FieldError names the field.
	SaveWording(ctx context.Context, w MessageWording, use bool) error
	// ResetWording goes back to the words that are built in.
	ResetWording(ctx context.Context, which WordingOf) error
	// PreviewWording fills the words with samples, times on the reader's clock.
	PreviewWording(ctx context.Context, w MessageWording, zone string) (subject, body string, err error)
}

// WordingOf names a message, the way it goes, and a language.
type WordingOf struct{ Kind, Channel, Locale string }

// MessageWording is what a message says. In a text {{.name}} stands for a value.
type MessageWording struct {
	WordingOf
	Name          string // of the kind, in the reader's language
	Subject, Body string // Subject of mail only
	ExternalID    string // where it is registered, if it is
	Changed       bool   // not the words that are built in
	Approval      string // of the newest stored version; empty: there is none
	Values        []WordingValue
}

// WordingValue is a value that a text may show, with a sample.
type WordingValue struct{ Name, Sample string }

const wordingPage = "/admin/texts/words"

// address leads to the page of one.
func (w WordingOf) address() string {
	return wordingPage + "/" + url.PathEscape(w.Kind) + "/" + url.PathEscape(w.Channel) + "/" + url.PathEscape(w.Locale)
}

func wordingOf(r *http.Request) WordingOf {
	return WordingOf{r.PathValue("kind"), r.PathValue("channel"), r.PathValue("locale")}
}

func (s *site) forWriters(page adder) {
	const one = wordingPage + "/{kind}/{channel}/{locale}"
	page("GET "+wordingPage, s.asAdmin(s.wordings))
	page("GET "+one, s.asAdmin(s.wording))
	page("POST "+one, s.asAdmin(s.saveWording))
	page("POST "+one+"/reset", s.asAdmin(s.resetWording))
}

// wordings lists the messages in a language: the reader's, unless another is chosen.
func (s *site) wordings(w http.ResponseWriter, r *http.Request) error {
	l, locale := s.locale(r), r.URL.Query().Get("language")
	if _, known := s.language(locale); !known {
		locale = l.Lang
	}
	found, err := s.Backend.Wordings(r.Context(), locale)
	if err != nil {
		return err
	}
	view := listing{
		Title: "words.title", Intro: "words.intro", Crumbs: administration(crumb{messagesPage, "messages.title"}, crumb{textsPage, "texts.title"}), Empty: "texts.none",
		Columns: []string{"texts.kind", "texts.channel", "words.subject", "words.state"},
		Filter:  []field{{Name: "language", Label: "words.language", Type: typeSelect, Options: s.languageOptions(), Value: locale}},
	}
	for _, m := range found {
		state := badgeCell(l.T("words.built_in"), "")
		if m.Changed {
			state = badgeCell(l.T("words.changed"), classReady)
		} else if m.Approval != "" {
			state = badgeCell(l.T("texts."+m.Approval), classProcessing)
		}
		first, _, _ := strings.Cut(m.Body, "\n")
		if m.Subject != "" {
			first = m.Subject
		}
		view.Rows = append(view.Rows, listRow{Name: m.Name, URL: m.address(), Cells: []cell{textCell(l.T("channel." + m.Channel)), textCell(first), state}})
	}
	return s.showList(w, r, view)
}

// languageOptions are the languages of the pages, by what their readers call them.
func (s *site) languageOptions() []Option {
	options := []Option{}
	for _, l := range s.otherLanguages(nil) {
		options = append(options, Option{l.Lang, l.Name})
	}
	return options
}

// wordingView is the content of the page of one message.
type wordingView struct {
	MessageWording
	Form      *form
	Dir       string // of the text's language
	Done      string
	Previewed bool
	Subject   string // filled in
	Lines     []string
}

func wordingForm(m MessageWording, programs []Option) *form {
	f := &form{Action: m.address(), Fields: []field{
		{Name: "body", Label: "words.body", Help: "words.body_help", Type: typeTextarea, Required: true, Value: m.Body, Class: "tall"},
	}}
	if m.Channel == "email" {
		f.Fields = append([]field{{Name: "subject", Label: "words.subject", Required: true, Value: m.Subject}}, f.Fields...)
		f.Fields = append(f.Fields, field{Name: "program", Label: "words.program", Help: "words.program_help", Type: typeSelect, Options: programs})
	} else {
		f.Fields = append(f.Fields, field{Name: "external_id", Label: "texts.external_id", Help: "words.external_help", Value: m.ExternalID, Class: "code"})
	}
	return f
}

// wordingAsked is the message of an address, and the form for it.
func (s *site) wordingAsked(r *http.Request) (m MessageWording, f *form, err error) {
	if m, err = s.Backend.MessageWording(r.Context(), wordingOf(r)); err != nil {
		return m, nil, err
	}
	overview, err := s.Backend.Overview(r.Context())
	programs := []Option{{"", s.locale(r).T("words.no_program")}}
	for _, p := range overview.Programs {
		programs = append(programs, Option{p.ID, p.Title})
	}
	return m, wordingForm(m, programs), err
}

func (s *site) wording(w http.ResponseWriter, r *http.Request) error {
	m, f, err := s.wordingAsked(r)
	if err != nil {
		return err
	}
	return s.showWording(w, r, wordingView{MessageWording: m, Form: f, Done: doneKey(r, "words.done", "saved", "used", "reset")})
}

func (s *site) showWording(w http.ResponseWriter, r *http.Request, view wordingView) error {
	if l, ok := s.language(view.Locale); ok {
		view.Dir = l.Dir
	}
	s.render(w, r, view.Form.status(), page{Name: "wording", Title: "words.title", Section: "admin", Script: formScript, Program: view.Form.value("program"), Content: view})
	return nil
}

// saveWording stores what was written, or shows what would come of it.
func (s *site) saveWording(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	m, f, err := s.wordingAsked(r)
	if err != nil {
		return err
	}
	f.keep(r)
	view := wordingView{MessageWording: m, Form: f}
	m.Subject, m.Body, m.ExternalID = f.value("subject"), strings.ReplaceAll(f.value("body"), "\r\n", "\n"), f.value("external_id")
	do := r.PostFormValue("do")
	if err = f.missing(s.locale(r)); err == nil {
		var body string
		view.Subject, body, err = s.Backend.PreviewWording(r.Context(), m, v.TimeZone)
		view.Previewed, view.Lines = err == nil, strings.Split(strings.TrimSpace(body), "\n")
	}
	if err == nil && do != "preview" {
		if err = s.Backend.SaveWording(r.Context(), m, do == "use"); err == nil {
			return leadTo(w, r, m.address(), map[bool]string{true: "used", false: "saved"}[do == "use"])
		}
	}
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
	}
	return s.showWording(w, r, view)
}

func (s *site) resetWording(w http.ResponseWriter, r *http.Request) error {
	which := wordingOf(r)
	if err := s.Backend.ResetWording(r.Context(), which); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return leadTo(w, r, which.address(), "reset")
}
