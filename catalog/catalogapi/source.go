package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// registerSource: a presenter watches what she uploaded while it is still being
// processed. A redirect, so that the address can stand in a <video> of a page
// without scripts; whoever plays longer than the link lives asks here again.
func (s *server) registerSource() {
	op := operation("watch-source", http.MethodGet, "/v1/recordings/{id}/source", tagUpload,
		"Watch the file as it was uploaded", http.StatusSeeOther, forMakers...)
	op.Description = "For the webinar's presenters and administrators, from the state uploaded on. Leads to a signed URL at the storage that lives for ten minutes and serves ranges. Not every browser plays every format."
	huma.Register(s.api, op, s.source)
	early := operation("watch-preview", http.MethodGet, "/v1/recordings/{id}/preview", tagUpload,
		"Watch the beginning while the rest is converted", http.StatusSeeOther, forMakers...)
	early.Description = "For the webinar's presenters and administrators, while the recording is being processed: what is converted so far from its start, in one size, " +
		"as one MP4 that grows now and then. Leads to a signed URL as “watch-source” does. 404 before the first minutes are converted, and when the recording is ready."
	huma.Register(s.api, early, s.preview)
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
	return redirected(s.Uploads.Source(ctx, in.ID))
}

func (s *server) preview(ctx context.Context, in *RecordingPath) (*sourceAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	return redirected(s.Uploads.Preview(ctx, in.ID))
}

func redirected(link catalog.SourceLink, err error) (*sourceAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &sourceAnswer{Status: http.StatusSeeOther, Location: link.URL, CacheControl: noStore}, nil
}
