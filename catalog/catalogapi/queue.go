package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// QueueStore shows the recordings of all webinars.
type QueueStore interface {
	AllRecordings(ctx context.Context, f catalog.RecordingFilter, p catalog.PageRequest) (catalog.Page[catalog.QueuedRecording], error)
}

// registerQueue: whoever looks after the workers asks what they do, and what nobody does.
func (s *server) registerQueue() {
	op := operation("list-all-recordings", http.MethodGet, "/v1/recordings", tagUpload,
		"List the recordings of all webinars, newest first, with who works on them", http.StatusOK, forAdmins...)
	op.Description = "`open` leaves out those that are ready. `stalled` has those of which nothing is heard: an upload whose sender has gone for a day, a file that no worker " +
		"takes for ten minutes, one whose worker has gone. The service takes the last two up by itself as soon as there is a worker."
	huma.Register(s.api, op, s.listQueue)
}

// RecordingInQueue is a recording with who works on it.
type RecordingInQueue struct {
	ID           catalog.RecordingID    `json:"recording_id" example:"rec_01k2yq7w8r9s0t1v2w3x4y5z6a"`
	WebinarID    catalog.WebinarID      `json:"webinar_id"`
	WebinarTitle string                 `json:"webinar_title" example:"Beta blockers"`
	ProgramTitle string                 `json:"program_title"`
	Filename     string                 `json:"filename" example:"talk.mp4"`
	SizeBytes    int64                  `json:"size_bytes"`
	State        catalog.RecordingState `json:"state" enum:"uploading,uploaded,processing,ready,failed"`
	Stage        string                 `json:"stage" example:"encode" doc:"That runs, or has failed; empty for none."`
	Progress     float64                `json:"progress" minimum:"0" maximum:"1"`
	ETAS         *float64               `json:"eta_s" nullable:"true"`
	Attempts     int                    `json:"attempts" doc:"Since the upload or the last retry."`
	LeaseUntil   *time.Time             `json:"lease_until" nullable:"true" doc:"Until then whoever works on it need not be heard of."`
	Workers      []string               `json:"workers" nullable:"false" doc:"That encode a piece of it now."`
	LastError    string                 `json:"last_error" doc:"Of a piece, in a program's words."`
	Stalled      string                 `json:"stalled" enum:",upload,waiting,lost" doc:"Why nothing goes on; empty: all is well, or somebody has to decide."`
	Error        *catalog.Failure       `json:"error,omitempty"`
	Current      bool                   `json:"current" doc:"It is the one that its webinar plays."`
	Rehearsal    bool                   `json:"rehearsal" doc:"Of a presenter's rehearsal: no doctor sees it."`
	CreatedAt    time.Time              `json:"created_at"`
	UpdatedAt    time.Time              `json:"updated_at"`
	PublishedAt  *time.Time             `json:"published_at" nullable:"true"`
	WithdrawnAt  *time.Time             `json:"withdrawn_at" nullable:"true"`
}

func queuedOf(q catalog.QueuedRecording) RecordingInQueue {
	r := q.Recording
	body := RecordingInQueue{
		ID: r.ID, WebinarID: r.WebinarID, WebinarTitle: q.WebinarTitle, ProgramTitle: q.ProgramTitle, Filename: r.Filename, SizeBytes: r.SizeBytes, State: r.State,
		Progress: r.Progress, ETAS: r.ETASeconds, Attempts: q.Attempts, LeaseUntil: utc(q.LeaseUntil), Workers: orEmpty(q.Workers), LastError: q.LastError,
		Stalled: q.Stalled(time.Now()), Current: q.Current, Rehearsal: q.Rehearsal, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		PublishedAt: utc(r.PublishedAt), WithdrawnAt: utc(r.WithdrawnAt),
	}
	for _, stage := range r.Stages {
		if stage.State == "running" || stage.State == "failed" {
			body.Stage = stage.Name
		}
	}
	return body
}

func (s *server) listQueue(ctx context.Context, in *struct {
	Paging
	State   string `query:"state" enum:"uploading,uploaded,processing,ready,failed" doc:"Only those in this state."`
	Open    bool   `query:"open" doc:"Only those that are not ready."`
	Stalled bool   `query:"stalled" doc:"Only those of which nothing is heard."`
},
) (*listed[RecordingInQueue], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	f := catalog.RecordingFilter{State: catalog.RecordingState(in.State), Open: in.Open, Stalled: in.Stalled}
	page, err := s.Store.AllRecordings(ctx, f, in.request())
	of := func(q catalog.QueuedRecording) RecordingInQueue {
		body := queuedOf(q)
		body.Error = s.failureIn(ctx, q.Recording.Failure)
		return body
	}
	return listOf(page, of, err)
}
