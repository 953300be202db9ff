package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// chaptersView is what the pages read of GET …/chapters.
type chaptersView struct {
	Decided          bool
	Items, Suggested []struct {
		StartS       float64 `json:"start_s"`
		Title        string
		ThumbnailURL string `json:"thumbnail_url"`
	}
}

// lists are the chapters that were set and those suggested.
func (v chaptersView) lists() (set, suggested []player.Chapter) {
	for _, c := range v.Items {
		set = append(set, player.Chapter{StartS: c.StartS, Title: c.Title, Picture: c.ThumbnailURL})
	}
	for _, c := range v.Suggested { // pages have words of their own for their titles
		suggested = append(suggested, player.Chapter{StartS: c.StartS, Picture: c.ThumbnailURL})
	}
	return set, suggested
}

// posterView is what the pages read of GET …/poster.
type posterView struct {
	Candidate  int
	URL        string
	Candidates []struct {
		Candidate int
		AtS       *float64 `json:"at_s"`
		URL       string
	}
}

// captionsView is what the pages read of GET …/captions.
type captionsView struct {
	Items []struct {
		Lang, URL string
		Cues      int
		Warnings  []catalog.Warning
	}
}

// get reads an answer of the API.
func (p *pages) get(ctx context.Context, path string, out any) error {
	answer, err := p.do(ctx, http.MethodGet, path, nil, "")
	if err != nil {
		return err
	}
	return json.Unmarshal(answer.body.Bytes(), out)
}

// RecordingDetails implements player.Enriching.
func (p *pages) RecordingDetails(ctx context.Context, id string) (player.RecordingDetails, error) {
	var details player.RecordingDetails
	who, err := identity.Require(ctx)
	if err != nil {
		return details, pageErrorOf(ctx, err)
	}
	if err := p.store.MayManage(ctx, who, catalog.RecordingID(id)); err != nil {
		return details, pageErrorOf(ctx, err)
	}
	recording, err := p.store.Recording(ctx, catalog.RecordingID(id))
	if err != nil {
		return details, pageErrorOf(ctx, err)
	}
	webinar, err := p.store.Webinar(ctx, who, recording.WebinarID)
	if err != nil {
		return details, pageErrorOf(ctx, err)
	}
	details.Recording = recordingView(ctx, recording, webinar.CurrentRecordingID)
	details.WebinarID, details.WebinarTitle = string(webinar.ID), webinar.Title
	details.WebinarPublishes, details.Private = webinar.AutoPublish, webinar.Around.Rehearsal
	if err := p.addLiveMap(ctx, recording, webinar, &details); err != nil {
		return details, err
	}
	if err := p.addCut(ctx, recording, &details); err != nil {
		return details, err
	}
	if err := p.addTimeMap(ctx, webinar, &details); err != nil {
		return details, err
	}
	return details, p.readExtras(ctx, &details)
}

func (p *pages) readExtras(ctx context.Context, details *player.RecordingDetails) error {
	var chapters chaptersView
	if err := p.get(ctx, recordingPath(details.ID)+"/chapters", &chapters); err != nil {
		return err
	}
	details.Decided = chapters.Decided
	details.Chapters, details.Suggested = chapters.lists()
	var poster posterView
	if err := p.get(ctx, recordingPath(details.ID)+"/poster", &poster); err != nil {
		return err
	}
	details.Poster = poster.Candidate
	for _, c := range poster.Candidates {
		candidate := player.PosterCandidate{Candidate: c.Candidate, AtS: -1, URL: c.URL}
		if c.AtS != nil {
			candidate.AtS = *c.AtS
		}
		details.Posters = append(details.Posters, candidate)
	}
	var captions captionsView
	if err := p.get(ctx, recordingPath(details.ID)+"/captions", &captions); err != nil {
		return err
	}
	for _, c := range captions.Items {
		track := player.CaptionTrack{Lang: c.Lang, URL: c.URL, Cues: c.Cues}
		for _, warning := range c.Warnings {
			track.Warnings = append(track.Warnings, warning.Message)
		}
		details.Captions = append(details.Captions, track)
	}
	return nil
}

// addExtras puts captions, chapters and the poster of what a webinar plays on
// its page. Until somebody has decided about chapters, the slides stand there.
func (p *pages) addExtras(ctx context.Context, view *player.Webinar, current catalog.RecordingID) error {
	var details player.RecordingDetails
	details.ID = string(current)
	if err := p.readExtras(ctx, &details); errors.Is(err, player.ErrNotFound) {
		return nil // withdrawn meanwhile
	} else if err != nil {
		return err
	}
	for _, track := range details.Captions {
		view.Captions = append(view.Captions, player.Caption{Lang: track.Lang, URL: track.URL})
	}
	if view.Chapters = details.Chapters; !details.Decided {
		view.Chapters = details.Suggested
	}
	for _, poster := range details.Posters {
		if poster.Candidate == details.Poster {
			view.Poster = poster.URL
		}
	}
	return nil
}

// captionsPath is where the captions in a language are.
func captionsPath(id, lang string) string {
	return recordingPath(id) + "/captions/" + url.PathEscape(lang)
}

// SaveCaptions implements player.Enriching.
func (p *pages) SaveCaptions(ctx context.Context, id, lang string, file []byte) error {
	if lang == "" {
		return &player.FieldError{Field: "lang", Message: say(ctx, catalog.Say("Please choose the language of the captions."))}
	}
	_, err := p.do(ctx, http.MethodPut, captionsPath(id, lang), file, "")
	return err
}

// RemoveCaptions implements player.Enriching.
func (p *pages) RemoveCaptions(ctx context.Context, id, lang string) error {
	_, err := p.do(ctx, http.MethodDelete, captionsPath(id, lang), nil, "")
	return err
}

// SaveChapters implements player.Enriching.
func (p *pages) SaveChapters(ctx context.Context, id string, chapters []player.Chapter) error {
	items := make([]map[string]any, len(chapters))
	for i, c := range chapters {
		items[i] = map[string]any{"start_s": c.StartS, "title": c.Title}
	}
	_, err := p.do(ctx, http.MethodPut, recordingPath(id)+"/chapters", map[string]any{"items": items}, "")
	return err
}

// ChoosePoster implements player.Enriching.
func (p *pages) ChoosePoster(ctx context.Context, id string, candidate int) error {
	_, err := p.do(ctx, http.MethodPut, recordingPath(id)+"/poster", map[string]int{"candidate": candidate}, "")
	return err
}
