package player

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Recordkeeping is what was done, what was sent, and how this installation is set.
type Recordkeeping interface {
	Audit(ctx context.Context, q AuditQuery) (entries []AuditEntry, next string, err error)
	Messages(ctx context.Context, q MessageQuery) (messages []SentMessage, next string, err error)
	SendMessageAgain(ctx context.Context, id string) error
	Texts(ctx context.Context, channel, cursor string) (texts []MessageText, next string, err error)
	SetApproval(ctx context.Context, id, approval string) error
	Settings(ctx context.Context) ([]Setting, error)
}

// AuditQuery says which lines of the audit log are wanted.
type AuditQuery struct {
	ObjectID, Actor, Action string
	Since, Before           *time.Time
	Cursor                  string
}

// AuditEntry is who did what.
type AuditEntry struct {
	At                                   time.Time
	Actor, ActorName                     string
	Action, ObjectType, ObjectID, Detail string
}

// MessageQuery says which messages are wanted.
type MessageQuery struct{ State, Recipient, Kind, Cursor string }

// SentMessage is a message and what became of it; what it says is not kept for reading.
type SentMessage struct {
	ID, Recipient, Kind, Channel, State, LastError string
	Attempts                                       int
	CreatedAt                                      time.Time
	SentAt                                         *time.Time
	Resendable                                     bool
}

// MessageText is a stored text and where it is on its way to approval.
type MessageText struct {
	ID, Channel, Kind, Locale, ExternalID, Approval, Note, Body string
	Version                                                     int
}

// Setting is one of this installation; secrets only tell whether they are set.
// Help is in the reader's language.
type Setting struct{ Name, Value, Help string }

func (s *site) forRecordkeepers(page adder) {
	page("GET /admin/audit", s.asAdmin(s.audit))
	page("GET /admin/messages", s.asAdmin(s.messages))
	page("POST /admin/messages/{id}/again", s.asAdmin(s.sendAgain))
	page("GET /admin/texts", s.asAdmin(s.texts))
	page("POST /admin/texts/{id}/approval", s.asAdmin(s.setApproval))
	page("GET /admin/settings", s.asAdmin(s.settings))
}

// audit is the log of who changed what.
func (s *site) audit(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	l, query := s.locale(r), r.URL.Query()
	text := func(name string) string { return strings.TrimSpace(query.Get(name)) }
	view := listing{
		Title: "audit.title", Intro: "audit.intro", Crumbs: administration(), Empty: "audit.none",
		Columns: []string{"audit.action", "audit.at", "audit.actor", "audit.object", "audit.detail"},
		Filter: asked(r, field{Name: "action", Label: "audit.action", Type: "text"}, field{Name: "actor", Label: "audit.actor_id"},
			field{Name: "object_id", Label: "audit.object_id"}, field{Name: "since", Label: "audit.since", Type: typeTime}, field{Name: "before", Label: "audit.before", Type: typeTime}),
	}
	q := AuditQuery{ObjectID: text("object_id"), Actor: text("actor"), Action: text("action"), Cursor: query.Get("cursor")}
	var entries []AuditEntry
	var next string
	if q.Since, err = localTime(l, "since", text("since"), v.TimeZone); err == nil {
		if q.Before, err = localTime(l, "before", text("before"), v.TimeZone); err == nil {
			entries, next, err = s.Backend.Audit(r.Context(), q)
		}
	}
	if err != nil {
		if _, view.Problem, err = complaint(err); err != nil {
			return err
		}
	}
	view.Next = nextPage(r, next)
	for _, e := range entries {
		at := e.At
		view.Rows = append(view.Rows, listRow{Name: e.Action, Cells: []cell{
			timeCell(&at),
			{Text: e.ActorName, URL: "/admin/audit?actor=" + url.QueryEscape(e.Actor)},
			{Text: e.ObjectType + " " + e.ObjectID, URL: "/admin/audit?object_id=" + url.QueryEscape(e.ObjectID)},
			textCell(e.Detail),
		}})
	}
	return s.showList(w, r, view)
}

const (
	messagesPage = "/admin/messages"
	textsPage    = "/admin/texts"
)

func (s *site) messages(w http.ResponseWriter, r *http.Request) error {
	return s.showMessages(w, r, doneKey(r, "messages.done", "again"), "")
}

func (s *site) showMessages(w http.ResponseWriter, r *http.Request, done, problem string) error {
	l, query := s.locale(r), r.URL.Query()
	found, next, err := s.Backend.Messages(r.Context(), MessageQuery{
		State: query.Get("state"), Recipient: strings.TrimSpace(query.Get("recipient")), Kind: strings.TrimSpace(query.Get("kind")), Cursor: query.Get("cursor"),
	})
	if err != nil {
		if _, problem, err = complaint(err); err != nil {
			return err
		}
	}
	kinds, err := s.messageKinds(r.Context(), l)
	if err != nil {
		return err
	}
	view := listing{
		Title: "messages.title", Intro: "messages.intro", Crumbs: administration(), Empty: "messages.none", Next: nextPage(r, next), Done: done, Problem: problem,
		Buttons: []link{{textsPage, "texts.title"}},
		Columns: []string{"messages.recipient", "messages.kind", "messages.state", "messages.at", "messages.said", columnActs},
		Filter: asked(r, field{Name: "recipient", Label: "messages.recipient", Type: "email"},
			field{Name: "state", Label: "messages.state", Type: typeSelect, Options: choices(l, "messages.all", "messages", "waiting", "sent", "given_up")},
			field{Name: "kind", Label: "messages.kind", Type: typeSelect, Options: kinds}),
	}
	classes := map[string]string{"sent": classReady, "given_up": classFailed, "waiting": "processing"}
	for _, m := range found {
		at := m.CreatedAt
		row := listRow{ID: m.ID, Name: m.Recipient, Note: l.T("channel." + m.Channel), Cells: []cell{
			textCell(m.Kind), badgeCell(l.T("messages."+m.State), classes[m.State]), timeCell(&at), textCell(m.LastError),
		}}
		if m.Resendable {
			row.Acts = []act{{URL: messagesPage + "/" + url.PathEscape(m.ID) + "/again", Label: "messages.again"}}
		}
		view.Rows = append(view.Rows, row)
	}
	return s.showList(w, r, view)
}

// messageKinds are the choices of a kind of message, by their names.
func (s *site) messageKinds(ctx context.Context, l *locale) ([]Option, error) {
	known, err := s.Backend.Wordings(ctx, l.Lang)
	options := []Option{{"", l.T("messages.all")}}
	for _, w := range known {
		if option := (Option{w.Kind, w.Name}); !slices.Contains(options, option) {
			options = append(options, option)
		}
	}
	return options, err
}

func (s *site) sendAgain(w http.ResponseWriter, r *http.Request) error {
	err := s.Backend.SendMessageAgain(r.Context(), r.PathValue("id"))
	return afterAct(w, r, messagesPage, "again", err, s.showMessages)
}

func (s *site) texts(w http.ResponseWriter, r *http.Request) error {
	return s.showTexts(w, r, doneKey(r, "texts.done", "approval"), "")
}

// showTexts lists the stored texts; whoever registers them moves them on here.
func (s *site) showTexts(w http.ResponseWriter, r *http.Request, done, problem string) error {
	l, query := s.locale(r), r.URL.Query()
	found, next, err := s.Backend.Texts(r.Context(), query.Get("channel"), query.Get("cursor"))
	if err != nil {
		return err
	}
	view := listing{
		Title: "texts.title", Intro: "texts.intro", Buttons: []link{{wordingPage, "words.title"}}, Crumbs: administration(crumb{messagesPage, "messages.title"}), Empty: "texts.none", Next: nextPage(r, next), Done: done, Problem: problem,
		Columns: []string{"texts.kind", "texts.text", "texts.external_id", "texts.approval", columnActs},
		Filter:  asked(r, field{Name: "channel", Label: "texts.channel", Type: typeSelect, Options: []Option{{"", l.T("texts.all")}, {"email", l.T("texts.email")}, {"sms", "SMS"}, {"whatsapp", "WhatsApp"}}}),
	}
	classes := map[string]string{"approved": classReady, "rejected": classFailed, "paused": "withdrawn", "submitted": "processing"}
	for _, t := range found {
		row := listRow{ID: t.ID, Name: t.Kind, Note: l.T("channel."+t.Channel) + " · " + t.Locale + " · " + l.T("texts.version", t.Version), Cells: []cell{
			textCell(t.Body), {Code: t.ExternalID}, {Badge: l.T("texts." + t.Approval), Class: classes[t.Approval], Text: t.Note},
		}}
		for _, to := range nextApprovals(t.Approval) {
			row.Acts = append(row.Acts, act{URL: textsPage + "/" + url.PathEscape(t.ID) + "/approval", Label: "texts.to." + to, Hidden: [][2]string{{"approval", to}}})
		}
		view.Rows = append(view.Rows, row)
	}
	return s.showList(w, r, view)
}

// nextApprovals are where a text can go from one step of its approval.
func nextApprovals(from string) []string {
	switch from {
	case "draft", "rejected":
		return []string{"submitted"}
	case "submitted":
		return []string{"approved", "rejected"}
	case "approved":
		return []string{"paused"}
	case "paused":
		return []string{"approved"}
	default:
		return nil
	}
}

func (s *site) setApproval(w http.ResponseWriter, r *http.Request) error {
	err := s.Backend.SetApproval(r.Context(), r.PathValue("id"), r.PostFormValue("approval"))
	return afterAct(w, r, textsPage, "approval", err, s.showTexts)
}

// settings shows how this installation is set.
func (s *site) settings(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Backend.Settings(r.Context())
	if err != nil {
		return err
	}
	view := listing{Title: "settings.title", Intro: "settings.intro", Crumbs: administration(), Empty: "settings.none", Columns: []string{"settings.name", "settings.value", "settings.help"}}
	for _, x := range found {
		view.Rows = append(view.Rows, listRow{Name: x.Name, Cells: []cell{{Code: x.Value}, {Said: x.Help}}})
	}
	return s.showList(w, r, view)
}
