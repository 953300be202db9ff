package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// uploadAPI calls the upload part of the public API, as any client would.
type uploadAPI struct {
	base, token string
	log         *slog.Logger
}

// begunUpload answers POST /v1/webinars/{id}/recordings.
type begunUpload struct {
	RecordingID string `json:"recording_id"`
	PartSize    int64  `json:"part_size_bytes"`
}

// storedPart is one part that has arrived.
type storedPart struct {
	Number int   `json:"part_number"`
	Size   int64 `json:"size_bytes"`
}

// uploadStatus answers GET /v1/recordings/{id}/upload.
type uploadStatus struct {
	State string       `json:"state"`
	Parts []storedPart `json:"parts"`
}

// partSum names a part to sign; the sum is base64.
type partSum struct {
	Number int    `json:"part_number"`
	SHA256 string `json:"sha256"`
}

// signedPart is where and how to PUT one part.
type signedPart struct {
	Number  int               `json:"part_number"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// processing is what the client reads of GET /v1/recordings/{id}.
type processing struct {
	State    string   `json:"state"`
	Progress float64  `json:"progress"`
	ETA      *float64 `json:"eta_s"`
	Stages   []struct {
		Name  string `json:"name"`
		State string `json:"state"`
	} `json:"stages"`
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// stage names what is being done.
func (p processing) stage() string {
	for _, stage := range p.Stages {
		if stage.State == "running" {
			return stage.Name
		}
	}
	return p.State
}

func (p processing) eta() string {
	if p.ETA == nil {
		return ""
	}
	return "about " + (time.Duration(*p.ETA) * time.Second).String() + " to go"
}

func (a *uploadAPI) begin(ctx context.Context, webinar string, f *uploadFile, fingerprint string) (answer begunUpload, err error) {
	body := map[string]any{
		"filename": f.name, "size_bytes": f.size, "content_type": f.contentType,
		"fingerprint": fingerprint, "checksum": "sha256",
	}
	return answer, a.call(ctx, http.MethodPost, "/v1/webinars/"+url.PathEscape(webinar)+"/recordings", body, &answer)
}

func (a *uploadAPI) uploadStatus(ctx context.Context, id string) (answer uploadStatus, err error) {
	return answer, a.call(ctx, http.MethodGet, uploadPath(id), nil, &answer)
}

func (a *uploadAPI) signParts(ctx context.Context, id string, parts []partSum) ([]signedPart, error) {
	var answer struct {
		Parts []signedPart `json:"parts"`
	}
	err := a.call(ctx, http.MethodPost, uploadPath(id)+"/parts", map[string]any{"parts": parts}, &answer)
	if err == nil && len(answer.Parts) != len(parts) {
		err = fmt.Errorf("asked for %d signed parts, got %d", len(parts), len(answer.Parts))
	}
	return answer.Parts, err
}

// complete is done also when an earlier answer was lost.
func (a *uploadAPI) complete(ctx context.Context, id string) error {
	err := a.call(ctx, http.MethodPost, uploadPath(id)+"/complete", nil, nil)
	if problem := (*apiProblem)(nil); errors.As(err, &problem) && problem.Code == "upload_finished" {
		return nil
	}
	return err
}

func (a *uploadAPI) recording(ctx context.Context, id string) (answer processing, err error) {
	return answer, a.call(ctx, http.MethodGet, "/v1/recordings/"+url.PathEscape(id), nil, &answer)
}

// retry asks for a failed recording to be processed again.
func (a *uploadAPI) retry(ctx context.Context, id string) error {
	return a.call(ctx, http.MethodPost, "/v1/recordings/"+url.PathEscape(id)+"/retry", nil, nil)
}

func uploadPath(id string) string { return "/v1/recordings/" + url.PathEscape(id) + "/upload" }

// apiProblem is an error answer of the service.
type apiProblem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (p *apiProblem) Error() string { return fmt.Sprintf("%s (%s)", p.Detail, p.Code) }

// call asks until the service answers: what passes by itself (no connection,
// 429, 5xx) is tried again, a refusal is final.
func (a *uploadAPI) call(ctx context.Context, method, path string, body, answer any) error {
	return retry(ctx, uploadTries, func() error {
		err := a.once(ctx, method, path, body, answer)
		if err != nil {
			a.log.Debug("asked the service", "method", method, "path", path, "error", err)
		}
		return err
	})
}

func (a *uploadAPI) once(ctx context.Context, method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	encoded, err := json.Marshal(body)
	if err != nil {
		return final{err}
	}
	if body == nil {
		encoded = nil
	}
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(encoded))
	if err != nil {
		return final{err}
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read below
	content, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err != nil {
		return err
	}
	return decodeAnswer(response.StatusCode, content, answer)
}

func decodeAnswer(status int, content []byte, answer any) error {
	if status/100 != 2 {
		problem := &apiProblem{Status: status, Code: "unknown", Detail: http.StatusText(status)}
		_ = json.Unmarshal(content, problem) // an answer of somebody in between keeps the defaults
		if status == http.StatusTooManyRequests || status >= 500 {
			return problem
		}
		return final{problem}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return final{fmt.Errorf("the service answered what this client does not understand: %w", err)}
	}
	return nil
}

// final marks an error that another try would not change.
type final struct{ error }

// Unwrap lets errors.As see the cause.
func (f final) Unwrap() error { return f.error }

// retry tries with growing pauses, a little by chance so that many clients do
// not come back at the same moment.
func retry(ctx context.Context, tries int, do func() error) error {
	pause := 250 * time.Millisecond
	for {
		err := do()
		tries--
		if err == nil || tries == 0 || ctx.Err() != nil || errors.As(err, &final{}) {
			return err
		}
		timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // not a secret
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
		pause = min(2*pause, 15*time.Second)
	}
}

// withoutURL drops the presigned address from an error: it is a right to write.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// fingerprint recognises the same file again. It is computed as the upload page
// does, so each can continue what the other began.
func (f *uploadFile) fingerprint() (string, error) {
	const end = 1 << 20
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%s\n%d\n%d\n", f.name, f.size, f.modified.UnixMilli()) // never fails
	for _, from := range []int64{0, max(0, f.size-end)} {
		if _, err := io.Copy(hash, io.NewSectionReader(f, from, min(end, f.size-from))); err != nil {
			return "", fmt.Errorf("read %s: %w", f.name, err)
		}
	}
	return fmt.Sprintf("v1-%x", hash.Sum(nil)), nil
}
