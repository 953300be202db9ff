package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Uploader takes files in parts.
type Uploader interface {
	// Create begins an upload, or finds the unfinished one of the same file.
	Create(ctx context.Context, r catalog.Recording) (catalog.Upload, error)
	SignParts(ctx context.Context, id catalog.RecordingID, parts []catalog.PartRequest) ([]catalog.SignedPart, error)
	Parts(ctx context.Context, id catalog.RecordingID) (catalog.RecordingState, []catalog.UploadedPart, error)
	Complete(ctx context.Context, id catalog.RecordingID) error
	Abort(ctx context.Context, id catalog.RecordingID) error
	// Source gives a link to the uploaded file; catalog.ErrConflict while it is being sent.
	Source(ctx context.Context, id catalog.RecordingID) (catalog.SourceLink, error)
	// Preview gives a link to what is encoded already; catalog.ErrNotFound when there is nothing.
	Preview(ctx context.Context, id catalog.RecordingID) (catalog.SourceLink, error)
}

func (s *server) registerUploads() {
	const one = "/v1/recordings/{id}/upload"
	huma.Register(s.api, s.creating(operation("create-recording", http.MethodPost, "/v1/webinars/{id}/recordings", tagUpload,
		"Begin to upload a recording; the same fingerprint again continues the unfinished upload", http.StatusCreated, forMakers...)), s.createUpload)
	huma.Register(s.api, operation("sign-parts", http.MethodPost, one+"/parts", tagUpload,
		"Get the right to send parts: one PUT each, with the headers given", http.StatusOK, forMakers...), s.signParts)
	huma.Register(s.api, operation("get-upload", http.MethodGet, one, tagUpload, "Which parts have arrived", http.StatusOK, forReaders...), s.getUpload)
	huma.Register(s.api, operation("complete-upload", http.MethodPost, one+"/complete", tagUpload,
		"All parts are sent: check them and process the recording", http.StatusAccepted, forMakers...), s.completeUpload)
	huma.Register(s.api, operation("abort-upload", http.MethodDelete, one, tagUpload,
		"Give an unfinished upload up; its parts are removed", http.StatusNoContent, forMakers...), s.abortUpload)
}

type newRecordingBody struct {
	Filename    string `json:"filename" maxLength:"1000" example:"heart-failure.mp4"`
	SizeBytes   int64  `json:"size_bytes" example:"734003200"`
	ContentType string `json:"content_type,omitempty" maxLength:"400" example:"video/mp4"`
	Fingerprint string `json:"fingerprint,omitempty" maxLength:"400" doc:"Chosen by the client to know the same file again."`
	Checksum    string `json:"checksum,omitempty" enum:"sha256" doc:"Whether each part will carry its SHA-256."`
}

type uploadAnswer struct {
	Body struct {
		RecordingID   catalog.RecordingID `json:"recording_id"`
		PartSizeBytes int64               `json:"part_size_bytes" doc:"Of every part but the last."`
		Parts         int                 `json:"parts" doc:"How many parts to send, numbered from 1."`
		Checksum      string              `json:"checksum,omitempty" doc:"As the upload was begun."`
	}
}

func (s *server) createUpload(ctx context.Context, in *struct {
	WebinarPath
	Body newRecordingBody
},
) (*uploadAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.MayUpload(ctx, who, in.ID); err != nil {
		return nil, err
	}
	upload, err := s.Uploads.Create(ctx, catalog.Recording{
		WebinarID: in.ID, CreatedBy: catalog.AccountID(who.Actor()), Filename: in.Body.Filename, SizeBytes: in.Body.SizeBytes,
		ContentType: in.Body.ContentType, Fingerprint: in.Body.Fingerprint, Checksum: in.Body.Checksum,
	})
	if err != nil {
		return nil, err
	}
	answer := new(uploadAnswer)
	answer.Body.RecordingID, answer.Body.PartSizeBytes = upload.Recording.ID, upload.PartSizeBytes
	answer.Body.Parts, answer.Body.Checksum = upload.Parts(), upload.Recording.Checksum
	return answer, nil
}

// RecordingPath names a recording.
type RecordingPath struct {
	ID catalog.RecordingID `path:"id" maxLength:"100"`
}

// managed checks that whoever asks may manage a recording.
func (s *server) managed(ctx context.Context, id catalog.RecordingID) error {
	who, err := identity.Require(ctx)
	if err != nil {
		return err
	}
	return s.Store.MayManage(ctx, who, id)
}

type signPartsBody struct {
	PartNumbers []int `json:"part_numbers,omitempty" maxItems:"1000" nullable:"false" doc:"Of an upload without checksums."`
	Parts       []struct {
		PartNumber int    `json:"part_number"`
		SHA256     string `json:"sha256" maxLength:"100" doc:"In base64."`
	} `json:"parts,omitempty" maxItems:"1000" nullable:"false" doc:"Of an upload with checksums."`
}

func (b signPartsBody) requests() []catalog.PartRequest {
	var requests []catalog.PartRequest
	for _, number := range b.PartNumbers {
		requests = append(requests, catalog.PartRequest{Number: number})
	}
	for _, p := range b.Parts {
		requests = append(requests, catalog.PartRequest{Number: p.PartNumber, SHA256: p.SHA256})
	}
	return requests
}

type signedPartBody struct {
	PartNumber int               `json:"part_number"`
	URL        string            `json:"url"`
	Headers    map[string]string `json:"headers" doc:"To be sent with the PUT, exactly so."`
	ExpiresAt  time.Time         `json:"expires_at"`
}

type signedParts struct {
	Body struct {
		Parts []signedPartBody `json:"parts" nullable:"false"`
	}
}

func (s *server) signParts(ctx context.Context, in *struct {
	RecordingPath
	Body signPartsBody
},
) (*signedParts, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	signed, err := s.Uploads.SignParts(ctx, in.ID, in.Body.requests())
	if err != nil {
		return nil, err
	}
	answer := new(signedParts)
	answer.Body.Parts = make([]signedPartBody, len(signed))
	for i, p := range signed {
		answer.Body.Parts[i] = signedPartBody{PartNumber: p.Number, URL: p.URL, Headers: p.Headers, ExpiresAt: p.ExpiresAt.UTC()}
	}
	return answer, nil
}

type uploadedPartBody struct {
	PartNumber int    `json:"part_number"`
	SizeBytes  int64  `json:"size_bytes"`
	ETag       string `json:"etag"`
	SHA256     string `json:"sha256,omitempty" doc:"In base64, of an upload with checksums: tells whether the file chosen to continue is the same."`
}

type uploadState struct {
	Body struct {
		State catalog.RecordingState `json:"state"`
		Parts []uploadedPartBody     `json:"parts" nullable:"false" doc:"What has arrived; empty once the upload is over."`
	}
}

func (s *server) getUpload(ctx context.Context, in *RecordingPath) (*uploadState, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	state, parts, err := s.Uploads.Parts(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	answer := new(uploadState)
	answer.Body.State, answer.Body.Parts = state, make([]uploadedPartBody, len(parts))
	for i, p := range parts {
		answer.Body.Parts[i] = uploadedPartBody{PartNumber: p.Number, SizeBytes: p.SizeBytes, ETag: p.ETag, SHA256: p.SHA256}
	}
	return answer, nil
}

func (s *server) completeUpload(ctx context.Context, in *RecordingPath) (*recordingAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.Uploads.Complete(ctx, in.ID); err != nil {
		return nil, err
	}
	recording, err := s.Store.Recording(ctx, in.ID)
	return s.recordingAnswered(ctx, recording, err)
}

func (s *server) abortUpload(ctx context.Context, in *RecordingPath) (*struct{}, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.Uploads.Abort(ctx, in.ID)
}
