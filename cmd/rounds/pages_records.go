package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rounds/catalog"
	"rounds/catalog/catalogapi"
	"rounds/catalog/identity"
	"rounds/player"
)

// Queue implements player.Watching: without a state, those that are not ready.
func (p *pages) Queue(ctx context.Context, state, cursor string) (found []player.QueuedRecording, next string, err error) {
	query := url.Values{"limit": {"50"}}
	switch state {
	case "":
		query.Set("open", "true")
	case "stalled":
		query.Set("stalled", "true")
	case "all":
	default:
		query.Set("state", state)
	}
	answers, next, err := listOnce[catalogapi.RecordingInQueue](ctx, p, "/v1/recordings", query, cursor)
	for _, a := range answers {
		q := player.QueuedRecording{
			Recording: player.Recording{
				ID: string(a.ID), Filename: a.Filename, SizeBytes: a.SizeBytes, State: string(a.State), Progress: a.Progress, Current: a.Current, Private: a.Rehearsal,
				Withdrawn: a.WithdrawnAt != nil, CreatedAt: a.CreatedAt,
			},
			WebinarID: string(a.WebinarID), WebinarTitle: a.WebinarTitle, ProgramTitle: a.ProgramTitle, Stage: a.Stage, Stalled: a.Stalled,
			LastError: a.LastError, Attempts: a.Attempts, Workers: a.Workers, UpdatedAt: a.UpdatedAt,
		}
		if a.Error != nil {
			q.Failure, q.Retry = a.Error.Message, !a.Error.Final()
		}
		found = append(found, q)
	}
	return found, next, err
}

// Readiness implements player.Watching.
func (p *pages) Readiness(ctx context.Context, webinarID string) (player.Readiness, error) {
	var item itemAnswer
	if err := p.get(ctx, webinarPath(webinarID), &item); err != nil {
		return player.Readiness{}, err
	}
	var a struct {
		Light  string                      `json:"light"`
		Checks []catalogapi.ReadinessLight `json:"checks"`
	}
	err := p.get(ctx, webinarPath(webinarID)+"/readiness", &a)
	view := player.Readiness{WebinarID: webinarID, Title: item.Title, Light: a.Light}
	for _, c := range a.Checks {
		view.Checks = append(view.Checks, player.ReadinessCheck{Name: c.Name, Light: string(c.Light), Sentence: c.Sentence, Remedy: c.Remedy})
	}
	return view, err
}

// Audit implements player.Recordkeeping.
func (p *pages) Audit(ctx context.Context, q player.AuditQuery) (entries []player.AuditEntry, next string, err error) {
	query := url.Values{"limit": {"50"}}
	for name, value := range map[string]string{"object_id": q.ObjectID, "actor": q.Actor, "action": q.Action} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, at := range map[string]*time.Time{"since": q.Since, "before": q.Before} {
		if at != nil {
			query.Set(name, at.Format(time.RFC3339))
		}
	}
	type line struct {
		At         time.Time      `json:"at"`
		Actor      string         `json:"actor"`
		Action     string         `json:"action"`
		ObjectType string         `json:"object_type"`
		ObjectID   string         `json:"object_id"`
		Detail     map[string]any `json:"detail"`
	}
	lines, next, err := listOnce[line](ctx, p, "/v1/audit_log", query, q.Cursor)
	names := map[string]string{}
	for _, l := range lines {
		if _, known := names[l.Actor]; !known {
			names[l.Actor] = p.actorName(ctx, l.Actor)
		}
		entry := player.AuditEntry{At: l.At, Actor: l.Actor, ActorName: names[l.Actor], Action: l.Action, ObjectType: l.ObjectType, ObjectID: l.ObjectID}
		if len(l.Detail) > 0 {
			if text, err := json.Marshal(l.Detail); err == nil {
				entry.Detail = string(text)
			}
		}
		entries = append(entries, entry)
	}
	return entries, next, err
}

// Messages implements player.Recordkeeping.
func (p *pages) Messages(ctx context.Context, q player.MessageQuery) (found []player.SentMessage, next string, err error) {
	query := url.Values{"limit": {"50"}}
	for name, value := range map[string]string{"state": q.State, "recipient": q.Recipient, "kind": q.Kind} {
		if value != "" {
			query.Set(name, value)
		}
	}
	type message struct {
		ID         string     `json:"id"`
		Recipient  string     `json:"recipient"`
		Kind       string     `json:"kind"`
		Channel    string     `json:"channel"`
		State      string     `json:"state"`
		LastError  string     `json:"last_error"`
		Attempts   int        `json:"attempts"`
		CreatedAt  time.Time  `json:"created_at"`
		SentAt     *time.Time `json:"sent_at"`
		Resendable bool       `json:"resendable"`
	}
	answers, next, err := listOnce[message](ctx, p, "/v1/messages", query, q.Cursor)
	for _, m := range answers {
		m.Kind = kindName(ctx, m.Kind)
		found = append(found, player.SentMessage(m))
	}
	return found, next, err
}

// SendMessageAgain implements player.Recordkeeping.
func (p *pages) SendMessageAgain(ctx context.Context, id string) error {
	return p.post(ctx, "/v1/messages/"+url.PathEscape(id)+"/send_again", nil, nil)
}

const textsPath = "/v1/message_templates"

// Texts implements player.Recordkeeping.
func (p *pages) Texts(ctx context.Context, channel, cursor string) (found []player.MessageText, next string, err error) {
	query := url.Values{"limit": {"50"}}
	if channel != "" {
		query.Set("channel", channel)
	}
	type text struct {
		ID           string `json:"id"`
		Channel      string `json:"channel"`
		Kind         string `json:"kind"`
		Locale       string `json:"locale"`
		ExternalID   string `json:"external_id"`
		Approval     string `json:"approval"`
		ApprovalNote string `json:"approval_note"`
		Body         string `json:"body"`
		Version      int    `json:"version"`
	}
	answers, next, err := listOnce[text](ctx, p, textsPath, query, cursor)
	for _, t := range answers {
		found = append(found, player.MessageText{
			ID: t.ID, Channel: t.Channel, Kind: kindName(ctx, t.Kind), Locale: t.Locale, ExternalID: t.ExternalID, Approval: t.Approval, Note: t.ApprovalNote, Body: t.Body, Version: t.Version,
		})
	}
	return found, next, err
}

// kindName is what people call a kind of message.
func kindName(ctx context.Context, kind string) string {
	return sentenceCase(say(ctx, catalog.MessageKind(kind).Named()))
}

// SetApproval implements player.Recordkeeping.
func (p *pages) SetApproval(ctx context.Context, id, approval string) error {
	return p.patch(ctx, textsPath+"/"+url.PathEscape(id), 0, map[string]string{"approval": approval})
}

// Settings implements player.Recordkeeping.
func (p *pages) Settings(ctx context.Context) ([]player.Setting, error) {
	found, _, err := listOnce[player.Setting](ctx, p, "/v1/settings", url.Values{}, "")
	return found, err
}

const tokensPath = "/v1/api_tokens" //nolint:gosec // G101: a path

// Tokens implements player.Machines.
func (p *pages) Tokens(ctx context.Context, cursor string) (found []player.Token, next string, err error) {
	type token struct {
		ID         string     `json:"id"`
		Name       string     `json:"name"`
		Roles      []string   `json:"roles"`
		Scopes     []string   `json:"scopes"`
		CreatedBy  string     `json:"created_by"`
		CreatedAt  time.Time  `json:"created_at"`
		ExpiresAt  *time.Time `json:"expires_at"`
		LastUsedAt *time.Time `json:"last_used_at"`
		RevokedAt  *time.Time `json:"revoked_at"`
	}
	answers, next, err := listOnce[token](ctx, p, tokensPath, url.Values{"limit": {"50"}}, cursor)
	for _, t := range answers {
		found = append(found, player.Token{
			ID: t.ID, Name: t.Name, Roles: t.Roles, Scopes: t.Scopes, By: p.actorName(ctx, t.CreatedBy), CreatedAt: t.CreatedAt,
			ExpiresAt: t.ExpiresAt, UsedAt: t.LastUsedAt, Revoked: t.RevokedAt != nil,
		})
	}
	return found, next, err
}

// CreateToken implements player.Machines.
func (p *pages) CreateToken(ctx context.Context, name string, scopes []string, expires *time.Time) (string, error) {
	var made struct{ Token string }
	body := map[string]any{"name": name, "scopes": append([]string{}, scopes...)}
	if expires != nil {
		body["expires_at"] = expires
	}
	err := p.post(ctx, tokensPath, body, &made)
	return made.Token, err
}

// RevokeToken implements player.Machines.
func (p *pages) RevokeToken(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, tokensPath+"/"+url.PathEscape(id), nil, "")
	return err
}

// TokenScopes implements player.Machines.
func (p *pages) TokenScopes() []string { return textsOf(identity.Scopes()) }

// EventTypes implements player.Machines.
func (p *pages) EventTypes() []string { return textsOf(catalog.EventTypes) }

func textsOf[T ~string](values []T) []string {
	texts := make([]string, 0, len(values))
	for _, v := range values {
		texts = append(texts, string(v))
	}
	return texts
}

const endpointsPath = "/v1/webhook_endpoints"

// Webhooks implements player.Machines.
func (p *pages) Webhooks(ctx context.Context) ([]player.Webhook, error) {
	type endpoint struct {
		ID             string     `json:"id"`
		URL            string     `json:"url"`
		Description    string     `json:"description"`
		EventTypes     []string   `json:"event_types"`
		Disabled       bool       `json:"disabled"`
		DisabledReason string     `json:"disabled_reason"`
		FailingSince   *time.Time `json:"failing_since"`
	}
	answers, err := listAll[endpoint](ctx, p, endpointsPath, url.Values{})
	found := make([]player.Webhook, 0, len(answers))
	for _, e := range answers {
		found = append(found, player.Webhook{
			ID: e.ID, URL: e.URL, Description: e.Description, Events: e.EventTypes, Disabled: e.Disabled, Reason: e.DisabledReason, FailingSince: e.FailingSince,
		})
	}
	return found, err
}

// CreateWebhook implements player.Machines.
func (p *pages) CreateWebhook(ctx context.Context, address, description string, events []string) (string, error) {
	var made struct{ Secret string }
	body := map[string]any{"url": address, "description": description, "event_types": append([]string{}, events...)}
	err := p.post(ctx, endpointsPath, body, &made)
	return made.Secret, err
}

// SwitchWebhook implements player.Machines.
func (p *pages) SwitchWebhook(ctx context.Context, id string, on bool) error {
	return p.patch(ctx, endpointsPath+"/"+url.PathEscape(id), 0, map[string]bool{"disabled": !on})
}

// DeleteWebhook implements player.Machines.
func (p *pages) DeleteWebhook(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, endpointsPath+"/"+url.PathEscape(id), nil, "")
	return err
}

// Deliveries implements player.Machines.
func (p *pages) Deliveries(ctx context.Context, endpoint, state, cursor string) (found []player.Delivery, next string, err error) {
	query := url.Values{"limit": {"50"}}
	for name, value := range map[string]string{"endpoint_id": endpoint, "state": state} {
		if value != "" {
			query.Set(name, value)
		}
	}
	answers, next, err := listOnce[catalogapi.DeliveryBody](ctx, p, "/v1/webhook_deliveries", query, cursor)
	for _, d := range answers {
		found = append(found, player.Delivery{
			ID: d.ID, EndpointID: d.EndpointID, EventID: d.Event.ID, EventType: string(d.Event.Type), At: d.Event.At, State: string(d.State),
			Attempts: d.Attempts, NextAt: d.NextAttemptAt, LastError: strings.TrimSpace(d.LastError),
		})
	}
	return found, next, err
}

// Replay implements player.Machines.
func (p *pages) Replay(ctx context.Context, endpoint, event string) error {
	return p.post(ctx, endpointsPath+"/"+url.PathEscape(endpoint)+"/replay", map[string]string{"event_id": event}, nil)
}
