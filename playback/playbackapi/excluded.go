package playbackapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// registerExcluded: administrators say what of a recording counts for nobody.
func (s *server) registerExcluded(api huma.API) {
	const path = "/v1/webinars/{id}/excluded_ranges"
	huma.Register(api, huma.Operation{
		OperationID: "get-excluded-ranges", Method: http.MethodGet, Path: path, Tags: []string{tag},
		Summary: "Read what of a webinar's recording counts for nobody", Errors: forPeople,
	}, s.getExcluded)
	huma.Register(api, huma.Operation{
		OperationID: "set-excluded-ranges", Method: http.MethodPut, Path: path, Tags: []string{tag},
		Summary: "Say what of a webinar's recording counts for nobody",
		Description: "Seconds on the recording's timeline, such as the opening or the questions: they are neither had nor needed. " +
			"They belong to one recording; one that replaces it with a time map leaves out the same content until others are set for it. Replaces what was said before, which stays on record; an empty list lets everything count. " +
			"Credit that is recorded is never taken back, and doctors who have reached the rule now are completed at once.",
		Errors: forPeople,
	}, s.setExcluded)
	huma.Register(api, huma.Operation{
		OperationID: "preview-excluded-ranges", Method: http.MethodPost, Path: path + "/preview", Tags: []string{tag},
		Summary: "See whose status excluded ranges would change", Description: "Changes nothing. For the current recording. Answers as preview-rule does.",
		Errors: forPeople,
	}, s.previewExcluded)
}

type excludedRange struct {
	FromS float64 `json:"from_s" minimum:"0" maximum:"1000000" example:"0"`
	ToS   float64 `json:"to_s" minimum:"0" maximum:"1000000" example:"150"`
	Label string  `json:"label,omitempty" maxLength:"400" example:"opening" doc:"What it is, for people."`
}

type excludedBody struct {
	RecordingID catalog.RecordingID `json:"recording_id"`
	DurationS   float64             `json:"duration_s"`
	Version     int                 `json:"version" doc:"Grows with each change; 0: nothing was ever excluded."`
	Ranges      []excludedRange     `json:"ranges" nullable:"false"`
	Reason      string              `json:"reason"`
	ChangedBy   string              `json:"changed_by" doc:"Account or token; empty for version 0."`
	ChangedAt   *time.Time          `json:"changed_at,omitempty"`
	Moved       bool                `json:"moved" doc:"The time map brought them here from the recording that this one replaces."`
}

type excludedOutput struct{ Body excludedBody }

type getExcludedInput struct {
	ID          string `path:"id" maxLength:"100" doc:"Of the webinar."`
	RecordingID string `query:"recording_id" maxLength:"100" doc:"Left out: the current one."`
}

func (s *server) getExcluded(ctx context.Context, in *getExcludedInput) (*excludedOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return excludedAnswer(s.Store.Excluded(ctx, catalog.WebinarID(in.ID), catalog.RecordingID(in.RecordingID)))
}

type setExcludedInput struct {
	ID   string `path:"id" maxLength:"100" doc:"Of the webinar."`
	Body struct {
		RecordingID string          `json:"recording_id,omitempty" maxLength:"100" doc:"Left out: the current one."`
		Ranges      []excludedRange `json:"ranges" maxItems:"100" nullable:"false" doc:"They may not overlap, and something must be left to count."`
		Reason      string          `json:"reason" maxLength:"4000" example:"The accreditor counts the talk without its opening and questions."`
	}
}

func (s *server) setExcluded(ctx context.Context, in *setExcludedInput) (*excludedOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reason, err := requiredText("reason", in.Body.Reason, "Please say why, for the record.")
	if err != nil {
		return nil, err
	}
	pieces, err := piecesOf(in.Body.Ranges)
	if err != nil {
		return nil, err
	}
	return excludedAnswer(s.Store.SetExcluded(ctx, catalog.WebinarID(in.ID), catalog.RecordingID(in.Body.RecordingID), pieces, reason))
}

type previewExcludedInput struct {
	ID string `path:"id" maxLength:"100" doc:"Of the webinar."`
	Paging
	Body struct {
		Ranges []excludedRange `json:"ranges" maxItems:"100" nullable:"false"`
	}
}

func (s *server) previewExcluded(ctx context.Context, in *previewExcludedInput) (*previewOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	pieces, err := piecesOf(in.Body.Ranges)
	if err != nil {
		return nil, err
	}
	return previewed(s.Store.PreviewExcluded(ctx, catalog.WebinarID(in.ID), pieces, in.request()))
}

func piecesOf(ranges []excludedRange) ([]playback.Excluded, error) {
	pieces := make([]playback.Excluded, 0, len(ranges))
	for i, r := range ranges {
		label, err := catalog.CleanLine(fmt.Sprintf("ranges[%d].label", i), r.Label, 200, false)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, playback.Excluded{FromMS: milliseconds(r.FromS), ToMS: milliseconds(r.ToS), Label: label})
	}
	return pieces, nil
}

func excludedAnswer(x playback.Exclusions, err error) (*excludedOutput, error) {
	if err != nil {
		return nil, err
	}
	body := excludedBody{
		RecordingID: x.RecordingID, DurationS: seconds(x.DurationMS), Version: x.Version, Ranges: []excludedRange{}, Reason: x.Reason, ChangedBy: x.By, Moved: x.Moved,
	}
	if x.Version > 0 {
		at := x.At.UTC()
		body.ChangedAt = &at
	}
	for _, p := range x.Pieces {
		body.Ranges = append(body.Ranges, excludedRange{FromS: seconds(p.FromMS), ToS: seconds(p.ToMS), Label: p.Label})
	}
	return &excludedOutput{body}, nil
}

// requiredText is a text that may not be blank.
func requiredText(field, text, message string) (string, error) {
	text, err := catalog.CleanText(field, text, 2000)
	if err == nil && text == "" {
		err = &catalog.FieldError{Field: field, Code: "required", Message: message}
	}
	return text, err
}
