package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// RecordingStore keeps recordings and knows who may manage them.
type RecordingStore interface {
	RecordingRights
	Recording(ctx context.Context, id catalog.RecordingID) (catalog.Recording, error)
	RecordingsOf(ctx context.Context, webinar catalog.WebinarID, p catalog.PageRequest) (catalog.Page[catalog.Recording], error)
	Retry(ctx context.Context, id catalog.RecordingID) (catalog.Recording, error)
	MakeCurrent(ctx context.Context, id catalog.RecordingID) (catalog.Recording, error)
	Withdraw(ctx context.Context, id catalog.RecordingID, reason string) (catalog.Recording, error)
	// Trim makes a recording that shows less, or the one that does and is being processed.
	Trim(ctx context.Context, id catalog.RecordingID, fromMS, toMS int64) (catalog.Recording, error)
}

// RecordingRights tells who may do what; catalog.ErrNotFound to all others.
type RecordingRights interface {
	MayUpload(ctx context.Context, who identity.Principal, id catalog.WebinarID) error
	MayManage(ctx context.Context, who identity.Principal, id catalog.RecordingID) error
}

func (s *server) registerRecordings() {
	const one = "/v1/recordings/{id}"
	huma.Register(s.api, operation("get-recording", http.MethodGet, one, tagUpload,
		"How far a recording is, and what was made of it", http.StatusOK, forReaders...), s.getRecording)
	huma.Register(s.api, operation("list-recordings", http.MethodGet, "/v1/webinars/{id}/recordings", tagUpload,
		"List the recordings of a webinar, oldest first", http.StatusOK, forReaders...), s.listRecordings)
	huma.Register(s.api, operation("retry-recording", http.MethodPost, one+"/retry", tagUpload,
		"Process a recording again that failed as internal", http.StatusAccepted, forMakers...), s.retry)
	huma.Register(s.api, operation("publish-recording", http.MethodPost, one+"/publish", tagUpload,
		"Make a ready recording the one that its webinar plays", http.StatusOK, forMakers...), s.publish)
	huma.Register(s.api, operation("withdraw-recording", http.MethodPost, one+"/withdraw", tagUpload,
		"Stop a recording from being played", http.StatusOK, forMakers...), s.withdraw)
}

type recordingBody struct {
	ID          catalog.RecordingID    `json:"recording_id"`
	WebinarID   catalog.WebinarID      `json:"webinar_id"`
	Filename    string                 `json:"filename"`
	SizeBytes   int64                  `json:"size_bytes"`
	State       catalog.RecordingState `json:"state" enum:"uploading,uploaded,processing,ready,failed"`
	Progress    float64                `json:"progress" minimum:"0" maximum:"1" doc:"Over all stages."`
	ETAS        *float64               `json:"eta_s" doc:"Seconds until it is ready; null while unknown."`
	Stages      []catalog.Stage        `json:"stages" nullable:"false"`
	Renditions  []catalog.Rendition    `json:"renditions" nullable:"false" doc:"Tallest first; last the sound alone, whose height is 0."`
	DurationS   float64                `json:"duration_s" doc:"0 until it is ready."`
	Warnings    []catalog.Warning      `json:"warnings" nullable:"false"`
	Error       *catalog.Failure       `json:"error,omitempty" doc:"Why it failed and what to do."`
	CreatedAt   time.Time              `json:"created_at"`
	PublishedAt *time.Time             `json:"published_at" nullable:"true" doc:"When it became current."`
	WithdrawnAt *time.Time             `json:"withdrawn_at" nullable:"true"`
	SourceID    catalog.RecordingID    `json:"source_id,omitempty" doc:"The recording whose file it is made from, when it was trimmed."`
	CutFromS    float64                `json:"cut_from_s,omitempty" doc:"Where it begins in that recording."`
	CutToS      float64                `json:"cut_to_s,omitempty" doc:"Where it ends there; left out: at its end."`
}

// recordingIn is a recording as whoever asks reads it: in her language.
func (s *server) recordingIn(ctx context.Context, r catalog.Recording) recordingBody {
	body := recordingOf(r)
	body.Error, body.Warnings = s.failureIn(ctx, r.Failure), s.warningsIn(ctx, r.Warnings)
	return body
}

func (s *server) failureIn(ctx context.Context, f *catalog.Failure) *catalog.Failure {
	if f == nil {
		return nil
	}
	return &catalog.Failure{Code: f.Code, Message: s.say(ctx, catalog.Sentence{Text: f.Message})}
}

func (s *server) warningsIn(ctx context.Context, warnings []catalog.Warning) []catalog.Warning {
	said := make([]catalog.Warning, 0, len(warnings))
	for _, w := range warnings {
		said = append(said, catalog.Warning{Code: w.Code, Message: s.say(ctx, w.Sentence())})
	}
	return said
}

func recordingOf(r catalog.Recording) recordingBody {
	return recordingBody{
		ID: r.ID, WebinarID: r.WebinarID, Filename: r.Filename, SizeBytes: r.SizeBytes, State: r.State, Progress: r.Progress, ETAS: r.ETASeconds,
		Stages: orEmpty(r.Stages), Renditions: orEmpty(r.Renditions), DurationS: seconds(r.DurationMS),
		CreatedAt: r.CreatedAt.UTC(), PublishedAt: utc(r.PublishedAt), WithdrawnAt: utc(r.WithdrawnAt),
		SourceID: r.SourceID, CutFromS: seconds(r.Cut.FromMS), CutToS: seconds(r.Cut.ToMS),
	}
}

// orEmpty keeps lists from being null in JSON.
func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

type recordingAnswer struct{ Body recordingBody }

func (s *server) recordingAnswered(ctx context.Context, r catalog.Recording, err error) (*recordingAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &recordingAnswer{Body: s.recordingIn(ctx, r)}, nil
}

func (s *server) getRecording(ctx context.Context, in *RecordingPath) (*recordingAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	recording, err := s.Store.Recording(ctx, in.ID)
	return s.recordingAnswered(ctx, recording, err)
}

func (s *server) listRecordings(ctx context.Context, in *struct {
	WebinarPath
	Paging
},
) (*listed[recordingBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.MayUpload(ctx, who, in.ID); err != nil {
		return nil, err
	}
	page, err := s.Store.RecordingsOf(ctx, in.ID, in.request())
	return listOf(page, func(r catalog.Recording) recordingBody { return s.recordingIn(ctx, r) }, err)
}

func (s *server) retry(ctx context.Context, in *RecordingPath) (*recordingAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	recording, err := s.Store.Retry(ctx, in.ID)
	return s.recordingAnswered(ctx, recording, err)
}

func (s *server) publish(ctx context.Context, in *RecordingPath) (*recordingAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	recording, err := s.Store.MakeCurrent(ctx, in.ID)
	return s.recordingAnswered(ctx, recording, err)
}

func (s *server) withdraw(ctx context.Context, in *struct {
	RecordingPath
	Body struct {
		Reason string `json:"reason" maxLength:"4000" example:"A patient can be recognised on slide 12."`
	}
},
) (*recordingAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	reason, err := catalog.CleanText("reason", in.Body.Reason, 2000)
	if err == nil && reason == "" {
		err = &catalog.FieldError{Field: "reason", Code: "required", Message: "Please say why it is withdrawn: the reason stays on record."}
	}
	if err != nil {
		return nil, err
	}
	recording, err := s.Store.Withdraw(ctx, in.ID, reason)
	return s.recordingAnswered(ctx, recording, err)
}
