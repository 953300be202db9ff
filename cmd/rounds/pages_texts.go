package main

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"rounds/catalog"
	"rounds/player"
)

// fieldChannel is the way a message goes, in bodies and queries of the API.
const fieldChannel = "channel"

// kindAnswer is a kind of message as the API tells it.
type kindAnswer struct {
	Kind   string            `json:"kind"`
	Values map[string]string `json:"values"`
	Texts  []wordsAnswer     `json:"built_in"`
}

// wordsAnswer is what a message says, built in or stored.
type wordsAnswer struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	Channel    string `json:"channel"`
	Locale     string `json:"locale"`
	Subject    string `json:"subject"`
	Body       string `json:"body"`
	ExternalID string `json:"external_id"`
	Approval   string `json:"approval"`
	Frozen     bool   `json:"frozen"`
	Version    int    `json:"version"`
}

// storedWords are all stored texts, by kind, channel and language; the newest last.
func (p *pages) storedWords(ctx context.Context, query url.Values) (map[player.WordingOf][]wordsAnswer, error) {
	query.Set("limit", "100")
	stored := map[player.WordingOf][]wordsAnswer{}
	for cursor := ""; ; {
		found, next, err := listOnce[wordsAnswer](ctx, p, textsPath, query, cursor)
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			which := player.WordingOf{Kind: t.Kind, Channel: t.Channel, Locale: t.Locale}
			stored[which] = append(stored[which], t)
		}
		if cursor = next; next == "" {
			break
		}
	}
	for _, versions := range stored {
		slices.SortFunc(versions, func(a, b wordsAnswer) int { return cmp.Compare(a.Version, b.Version) })
	}
	return stored, nil
}

func (p *pages) kinds(ctx context.Context) (kinds []kindAnswer, err error) {
	var told struct{ Items []kindAnswer }
	err = p.get(ctx, "/v1/message_kinds", &told)
	return told.Items, err
}

// wording joins what is built in with what was stored.
func wording(ctx context.Context, kind kindAnswer, builtIn wordsAnswer, versions []wordsAnswer) player.MessageWording {
	w := player.MessageWording{
		WordingOf: player.WordingOf{Kind: kind.Kind, Channel: builtIn.Channel, Locale: builtIn.Locale}, Name: kindName(ctx, kind.Kind),
		Subject: builtIn.Subject, Body: builtIn.Body,
	}
	for _, t := range versions {
		w.Subject, w.Body, w.ExternalID, w.Approval = t.Subject, t.Body, t.ExternalID, t.Approval
		w.Changed = w.Changed || t.Approval == string(catalog.ApprovalApproved)
	}
	for _, name := range slices.Sorted(maps.Keys(kind.Values)) {
		w.Values = append(w.Values, player.WordingValue{Name: name, Sample: kind.Values[name]})
	}
	return w
}

// Wordings implements player.Wording.
func (p *pages) Wordings(ctx context.Context, locale string) (all []player.MessageWording, err error) {
	kinds, err := p.kinds(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := p.storedWords(ctx, url.Values{})
	for _, kind := range kinds {
		for _, t := range kind.Texts {
			if t.Locale == locale {
				all = append(all, wording(ctx, kind, t, stored[player.WordingOf{Kind: kind.Kind, Channel: t.Channel, Locale: locale}]))
			}
		}
	}
	return all, err
}

// MessageWording implements player.Wording.
func (p *pages) MessageWording(ctx context.Context, which player.WordingOf) (player.MessageWording, error) {
	kinds, err := p.kinds(ctx)
	if err != nil {
		return player.MessageWording{}, err
	}
	for _, kind := range kinds {
		for _, t := range kind.Texts {
			if kind.Kind != which.Kind || t.Channel != which.Channel || t.Locale != which.Locale {
				continue
			}
			stored, err := p.storedWords(ctx, url.Values{"kind": {which.Kind}, fieldChannel: {which.Channel}})
			return wording(ctx, kind, t, stored[which]), err
		}
	}
	return player.MessageWording{}, player.ErrNotFound
}

// SaveWording implements player.Wording. What was approved once keeps its words,
// so new ones are a version of their own.
func (p *pages) SaveWording(ctx context.Context, w player.MessageWording, use bool) error {
	stored, err := p.storedWords(ctx, url.Values{"kind": {w.Kind}, fieldChannel: {w.Channel}})
	if err != nil {
		return err
	}
	body := map[string]string{"subject": w.Subject, "body": w.Body, "external_id": w.ExternalID, "approval": string(catalog.ApprovalDraft)}
	if use {
		body["approval"] = string(catalog.ApprovalApproved)
	}
	versions := stored[w.WordingOf]
	if n := len(versions); n > 0 && !versions[n-1].Frozen {
		return p.patch(ctx, textsPath+"/"+url.PathEscape(versions[n-1].ID), 0, body)
	}
	body["kind"], body[fieldChannel], body["locale"] = w.Kind, w.Channel, w.Locale
	return p.post(ctx, textsPath, body, nil)
}

// ResetWording implements player.Wording.
func (p *pages) ResetWording(ctx context.Context, which player.WordingOf) error {
	stored, err := p.storedWords(ctx, url.Values{"kind": {which.Kind}, fieldChannel: {which.Channel}})
	for _, t := range stored[which] {
		if err == nil {
			_, err = p.do(ctx, http.MethodDelete, textsPath+"/"+url.PathEscape(t.ID), nil, "")
		}
	}
	return err
}

// PreviewWording implements player.Wording.
func (p *pages) PreviewWording(ctx context.Context, w player.MessageWording, zone string) (subject, body string, err error) {
	var shown struct{ Subject, Text string }
	err = p.post(ctx, textsPath+"/preview", map[string]string{
		"kind": w.Kind, fieldChannel: w.Channel, "locale": w.Locale, "subject": w.Subject, "body": w.Body, "time_zone": zone,
	}, &shown)
	return shown.Subject, shown.Text, err
}
