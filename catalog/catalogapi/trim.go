package catalogapi

import (
	"context"
	"errors"
	"math"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// registerTrim: a presenter takes off what nobody should see at the start and the end.
func (s *server) registerTrim() {
	op := operation("trim-recording", http.MethodPost, "/v1/recordings/{id}/trim", tagUpload,
		"Take the start or the end off a recording without uploading it again", http.StatusAccepted, forMakers...)
	op.Description = "Makes a new recording of the same file that shows only from_s to to_s of this one, and processes it; this one stays as it is. " +
		"When the new one is ready it is published as any other is: by itself where the webinar does that. A time map is set, so that resume points, watched seconds, chapters, captions, " +
		"what does not count and the live map move along from the recording of that file that was published last. Trimming a trimmed recording, or the first one again with other ends, works alike. " +
		"The same trim again while it is being processed gives the one that is. 409 source_gone when the uploaded file is no longer there."
	huma.Register(s.api, s.creating(op), s.trim)
}

type trimBody struct {
	FromS float64 `json:"from_s" minimum:"0" maximum:"604800" example:"42.5" doc:"Where it begins, in seconds of this recording."`
	ToS   float64 `json:"to_s" minimum:"0" maximum:"604800" example:"3540" doc:"Where it ends; its duration or more for its end."`
}

func (s *server) trim(ctx context.Context, in *struct {
	RecordingPath
	Body trimBody
},
) (*recordingAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	_, err := s.Uploads.Source(ctx, in.ID)
	if errors.Is(err, catalog.ErrNotFound) {
		err = &catalog.ConflictError{Code: "source_gone", Message: "The file that was uploaded is no longer there. Please upload a recording that is cut already."}
	}
	if err != nil {
		return nil, err
	}
	recording, err := s.Store.Trim(ctx, in.ID, int64(math.Round(in.Body.FromS*1000)), int64(math.Round(in.Body.ToS*1000)))
	return s.recordingAnswered(ctx, recording, err)
}
