package main

import (
	"context"

	"rounds/catalog"
	"rounds/player"
)

// addCut says what a trimmed recording shows of the uploaded file.
func (p *pages) addCut(ctx context.Context, r catalog.Recording, details *player.RecordingDetails) error {
	if r.SourceID == "" {
		return nil
	}
	whole, err := p.store.Recording(ctx, r.SourceID)
	if err != nil {
		return pageErrorOf(ctx, err)
	}
	details.Cut = player.RecordingCut{FromS: float64(r.Cut.FromMS) / 1000, ToS: float64(r.Cut.ToMS) / 1000, WholeS: float64(whole.DurationMS) / 1000}
	if r.Cut.ToMS == 0 {
		details.Cut.ToS = details.Cut.WholeS
	}
	return nil
}

// TrimRecording implements player.Enriching. Pages count from the start of the
// file, as its preview does, so it is the whole recording that is trimmed.
func (p *pages) TrimRecording(ctx context.Context, id string, fromS, toS float64) (string, error) {
	var answer struct {
		RecordingID string `json:"recording_id"`
		SourceID    string `json:"source_id"`
	}
	if err := p.get(ctx, recordingPath(id), &answer); err != nil {
		return "", err
	}
	if answer.SourceID != "" {
		id = answer.SourceID
	}
	err := p.post(ctx, recordingPath(id)+"/trim", map[string]float64{"from_s": fromS, "to_s": toS}, &answer)
	return answer.RecordingID, err
}
