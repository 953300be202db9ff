package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Machines are the tokens of other systems, and the addresses that events are sent to.
type Machines interface {
	Tokens(ctx context.Context, cursor string) (tokens []Token, next string, err error)
	// CreateToken returns its secret, which can be read now and never again.
	CreateToken(ctx context.Context, name string, scopes []string, expires *time.Time) (secret string, err error)
	RevokeToken(ctx context.Context, id string) error
	// TokenScopes are what a token can be allowed.
	TokenScopes() []string
	Webhooks(ctx context.Context) ([]Webhook, error)
	// CreateWebhook returns the secret that signs what is sent, once.
	CreateWebhook(ctx context.Context, address, description string, events []string) (secret string, err error)
	SwitchWebhook(ctx context.Context, id string, on bool) error
	DeleteWebhook(ctx context.Context, id string) error
	EventTypes() []string
	Deliveries(ctx context.Context, endpoint, state, cursor string) (deliveries []Delivery, next string, err error)
	// Replay sends one event to an endpoint again.
	Replay(ctx context.Context, endpoint, event string) error
}

// Token is of a machine.
type Token struct {
	ID, Name          string
	Roles, Scopes     []string
	By                string
	CreatedAt         time.Time
	ExpiresAt, UsedAt *time.Time
	Revoked           bool
}

// Webhook is an address that events are sent to.
type Webhook struct {
	ID, URL, Description string
	Events               []string
	Disabled             bool
	Reason               string // why it was switched off
	FailingSince         *time.Time
}

// Delivery is one event to one address.
type Delivery struct {
	ID, EndpointID, EventID, EventType, State string
	At                                        time.Time
	Attempts                                  int
	NextAt                                    *time.Time
	LastError                                 string
}

func (s *site) forMachines(page adder) {
	page("GET /admin/tokens", s.asAdmin(s.tokens))
	page("POST /admin/tokens/{id}/revoke", s.asAdmin(s.revokeToken))
	page("GET /admin/webhooks", s.asAdmin(s.webhooks))
	page("POST /admin/webhooks/{id}/{act}", s.asAdmin(s.changeWebhook))
	page("GET /admin/deliveries", s.asAdmin(s.deliveries))
	page("POST /admin/deliveries/replay", s.asAdmin(s.replay))
}

// machineForms make tokens and webhooks.
func machineForms() []adminForm {
	return []adminForm{{"/admin/tokens/new", tokenForm, submitToken}, {"/admin/webhooks/new", webhookForm, submitWebhook}}
}

const (
	tokensPage     = "/admin/tokens"
	webhooksPage   = "/admin/webhooks"
	deliveriesPage = "/admin/deliveries"
)

func (s *site) tokens(w http.ResponseWriter, r *http.Request) error {
	found, next, err := s.Backend.Tokens(r.Context(), r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "tokens.title", Intro: "tokens.intro", Crumbs: administration(), Empty: "tokens.none", Next: nextPage(r, next), Done: doneKey(r, "tokens.done", "revoked"),
		Buttons: []link{{tokensPage + "/new", "tokens.new"}},
		Columns: []string{"tokens.name", "tokens.may", "tokens.used", "tokens.expires", columnActs},
	}
	for _, t := range found {
		row := listRow{ID: t.ID, Name: t.Name, Note: t.By, Cells: []cell{{Lines: append(roleWords(l, t.Roles), t.Scopes...)}, timeCell(t.UsedAt), timeCell(t.ExpiresAt)}}
		switch {
		case t.Revoked:
			row.Cells[0].Badge, row.Cells[0].Class = l.T("tokens.revoked"), classFailed
		default:
			row.Acts = []act{{URL: tokensPage + "/" + url.PathEscape(t.ID) + "/revoke", Label: "tokens.revoke", Confirm: "tokens.revoke_effect", Danger: true}}
		}
		if t.UsedAt == nil {
			row.Cells[1].Text = l.T("tokens.never")
		}
		if t.ExpiresAt == nil {
			row.Cells[2].Text = l.T("tokens.no_end")
		}
		view.Rows = append(view.Rows, row)
	}
	return s.showList(w, r, view)
}

func (s *site) revokeToken(w http.ResponseWriter, r *http.Request) error {
	if err := s.Backend.RevokeToken(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return leadTo(w, r, tokensPage, "revoked")
}

func tokenForm(s *site, _ *http.Request) (*form, error) {
	var scopes []Option
	for _, scope := range s.Backend.TokenScopes() {
		scopes = append(scopes, Option{scope, scope})
	}
	return &form{Title: "tokens.new", Intro: "tokens.new_intro", Submit: submitCreate, Fields: []field{
		{Name: "name", Label: "tokens.name", Help: "tokens.name_help", Required: true, Focus: true, Autocomplete: "off"},
		{Name: "scopes", Label: "tokens.scopes", Help: "tokens.scopes_help", Type: typeMultiple, Required: true, Options: scopes},
		{Name: "expires_at", Label: "tokens.expires", Type: typeTime},
	}}, nil
}

func submitToken(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	expires, err := localTime(s.locale(r), "expires_at", f.value("expires_at"), v.TimeZone)
	if err != nil {
		return err
	}
	secret, err := s.Backend.CreateToken(r.Context(), f.value("name"), r.PostForm["scopes"], expires)
	return s.showSecret(w, r, secretView{"tokens.title", tokensPage, f.value("name"), secret}, err)
}

// secretView is the page that shows a secret, once.
type secretView struct{ Of, Back, Name, Secret string }

func (s *site) showSecret(w http.ResponseWriter, r *http.Request, view secretView, err error) error {
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "secret", Title: view.Of, Section: "admin", Content: view})
}

func (s *site) webhooks(w http.ResponseWriter, r *http.Request) error {
	return s.showWebhooks(w, r, doneKey(r, "webhooks.done", "on", "off", "delete"), "")
}

func (s *site) showWebhooks(w http.ResponseWriter, r *http.Request, done, problem string) error {
	found, err := s.Backend.Webhooks(r.Context())
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "webhooks.title", Intro: "webhooks.intro", Crumbs: administration(), Empty: "webhooks.none", Done: done, Problem: problem,
		Buttons: []link{{webhooksPage + "/new", "webhooks.new"}, {deliveriesPage, "deliveries.title"}},
		Columns: []string{"webhooks.url", "webhooks.events", "webhooks.state", columnActs},
	}
	for _, h := range found {
		row := listRow{ID: h.ID, Name: h.URL, Note: h.Description, URL: deliveriesPage + "?endpoint_id=" + url.QueryEscape(h.ID), Cells: []cell{{Lines: h.Events}, badgeCell(l.T("webhooks.is_on"), classReady)}}
		if len(h.Events) == 0 {
			row.Cells[0].Text = l.T("webhooks.all")
		}
		turn, to := "webhooks.off", "off"
		switch {
		case h.Disabled:
			row.Cells[1] = cell{Badge: l.T("webhooks.is_off"), Class: classFailed, Text: h.Reason}
			turn, to = "webhooks.on", "on"
		case h.FailingSince != nil:
			row.Cells[1] = cell{Badge: l.T("webhooks.failing"), Class: "withdrawn", Time: h.FailingSince}
		}
		path := webhooksPage + "/" + url.PathEscape(h.ID) + "/"
		row.Acts = []act{{URL: path + to, Label: turn}, {URL: path + "delete", Label: "webhooks.delete", Confirm: "webhooks.delete_effect", Danger: true}}
		view.Rows = append(view.Rows, row)
	}
	return s.showList(w, r, view)
}

func (s *site) changeWebhook(w http.ResponseWriter, r *http.Request) error {
	id, act := r.PathValue("id"), r.PathValue("act")
	var err error
	switch act {
	case "on", "off":
		err = s.Backend.SwitchWebhook(r.Context(), id, act == "on")
	case "delete":
		err = s.Backend.DeleteWebhook(r.Context(), id)
	default:
		return ErrNotFound
	}
	return afterAct(w, r, webhooksPage, act, err, s.showWebhooks)
}

func webhookForm(s *site, _ *http.Request) (*form, error) {
	var events []Option
	for _, event := range s.Backend.EventTypes() {
		events = append(events, Option{event, event})
	}
	return &form{Title: "webhooks.new", Intro: "webhooks.new_intro", Submit: submitCreate, Fields: []field{
		{Name: "url", Label: "webhooks.url", Type: "url", Required: true, Focus: true, Autocomplete: "off"},
		{Name: "description", Label: "webhooks.description", Autocomplete: "off"},
		{Name: "event_types", Label: "webhooks.events", Help: "webhooks.events_help", Type: typeMultiple, Options: events},
	}}, nil
}

func submitWebhook(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	secret, err := s.Backend.CreateWebhook(r.Context(), f.value("url"), f.value("description"), r.PostForm["event_types"])
	return s.showSecret(w, r, secretView{"webhooks.title", webhooksPage, f.value("url"), secret}, err)
}

func (s *site) deliveries(w http.ResponseWriter, r *http.Request) error {
	return s.showDeliveries(w, r, doneKey(r, "deliveries.done", "replayed"), "")
}

func (s *site) showDeliveries(w http.ResponseWriter, r *http.Request, done, problem string) error {
	query := r.URL.Query()
	found, next, err := s.Backend.Deliveries(r.Context(), query.Get("endpoint_id"), query.Get("state"), query.Get("cursor"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "deliveries.title", Intro: "deliveries.intro", Crumbs: administration(crumb{webhooksPage, "webhooks.title"}), Empty: "deliveries.none", Next: nextPage(r, next), Done: done, Problem: problem,
		Columns: []string{"deliveries.event", "deliveries.state", "deliveries.at", "deliveries.tries", columnActs},
		Filter:  asked(r, field{Name: "endpoint_id", Type: typeHidden}, field{Name: "state", Label: "deliveries.state", Type: typeSelect, Options: choices(l, "deliveries.all", "deliveries", "pending", "delivered", "dead")}),
	}
	classes := map[string]string{"delivered": classReady, "dead": classFailed, "pending": "processing"}
	for _, d := range found {
		at := d.At
		tries := cell{Lines: []string{l.N("queue.attempts", d.Attempts)}}
		if d.LastError != "" {
			tries.Lines = append(tries.Lines, d.LastError)
		}
		view.Rows = append(view.Rows, listRow{
			ID: d.ID, Name: d.EventType, Note: d.EventID, Cells: []cell{badgeCell(l.T("deliveries."+d.State), classes[d.State]), timeCell(&at), tries},
			Acts: []act{{URL: deliveriesPage + "/replay", Label: "deliveries.replay", Hidden: [][2]string{{"endpoint_id", d.EndpointID}, {"event_id", d.EventID}}}},
		})
	}
	return s.showList(w, r, view)
}

func (s *site) replay(w http.ResponseWriter, r *http.Request) error {
	err := s.Backend.Replay(r.Context(), strings.TrimSpace(r.PostFormValue("endpoint_id")), strings.TrimSpace(r.PostFormValue("event_id")))
	return afterAct(w, r, deliveriesPage, "replayed", err, s.showDeliveries)
}
