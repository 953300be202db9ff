package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// registerSource: a presenter watches what she uploaded while it is still being
// processed. A redirect, so that the address can stand in a <video> of a page
// without scripts; whoever plays longer than the link lives asks here again.
func (s *server) registerSource() {
	op := operation("watch-source", http.MethodGet, "/v1/recordings/{id}/source", tagUpload,
		"Watch the file as it was uploaded", http.StatusSeeOther, forMakers...)
	op.Description = "For the webinar's presenters and administrators, from the state uploaded on. Leads to a signed URL at the storage that lives for ten minutes and serves ranges. Not every browser plays every format."
	huma.Register(s.api, op, s.source)
}

type sourceAnswer struct {
	Status       int
	Location     string `header:"Location" doc:"Signed; whoever has it may read the file until it expires."`
	CacheControl string `header:"Cache-Control"`
}

func (s *server) source(ctx context.Context, in *RecordingPath) (*sourceAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	link, err := s.Uploads.Source(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &sourceAnswer{Status: http.StatusSeeOther, Location: link.URL, CacheControl: "no-store"}, nil
}
