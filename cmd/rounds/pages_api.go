package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/playback/playbackdb"
	"rounds/player"
)

// pages implements player.Backend on top of the JSON API: each method is one
// or a few calls of the same handlers that other clients use, made inside the
// process with the reader's own identity. So the pages can do nothing that the
// API does not allow, and no rule is written twice.
type pages struct {
	store    *catalogdb.Store
	progress *playbackdb.Store
	api      http.Handler
	// picture signs one object of a recording; nil: pages show no frames.
	picture func(id catalog.RecordingID, token, name string) (string, error)
}

var _ player.Backend = (*pages)(nil)

// post calls the API with a JSON body; out may be nil.
func (p *pages) post(ctx context.Context, path string, body, out any) error {
	answer, err := p.do(ctx, http.MethodPost, path, body, "")
	if err != nil {
		return err
	}
	if out == nil || answer.body.Len() == 0 {
		return nil
	}
	return json.Unmarshal(answer.body.Bytes(), out)
}

// because is the body of an act that needs a reason.
func because(reason string) map[string]string { return map[string]string{"reason": reason} }

// do calls the API, with JSON or, for []byte, a file, and turns a problem into an
// error the pages understand.
// cookie is the Cookie header, for the one call that ends a session.
func (p *pages) do(ctx context.Context, method, path string, body any, cookie string) (*memoryAnswer, error) {
	var content bytes.Buffer
	kind := "application/json"
	if file, ok := body.([]byte); ok {
		kind = "application/octet-stream"
		content.Write(file)
	} else if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, path, &content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", kind)
	}
	if cookie != "" {
		request.Header.Set("Cookie", cookie)
	}
	if version, ok := ctx.Value(ifMatchKey{}).(string); ok {
		request.Header.Set("If-Match", version)
	}
	request.RequestURI = path
	if address, ok := ctx.Value(remoteAddressKey{}).(string); ok {
		request.RemoteAddr = address
	}
	answer := &memoryAnswer{header: http.Header{}, status: http.StatusOK}
	p.api.ServeHTTP(answer, request)
	if answer.status >= http.StatusBadRequest {
		return nil, pageError(answer)
	}
	return answer, nil
}

// pageError reads a problem answer.
func pageError(answer *memoryAnswer) error {
	var found problem
	if err := json.Unmarshal(answer.body.Bytes(), &found); err != nil {
		return fmt.Errorf("api answered %d without a problem: %w", answer.status, err)
	}
	switch {
	case answer.status == http.StatusUnauthorized:
		return player.ErrSignedOut
	case answer.status == http.StatusNotFound:
		return player.ErrNotFound
	case answer.status == http.StatusUnprocessableEntity && len(found.Errors) > 0:
		field := strings.TrimPrefix(found.Errors[0].Location, "body.")
		message := found.Detail
		if found.Code == codeInvalid && len(found.Errors) == 1 { // what the validator found stands beside its field
			message = sentence(found.Errors[0].Message)
		}
		return &player.FieldError{Field: field, Message: message}
	case answer.status == http.StatusForbidden:
		return player.ErrForbidden
	case answer.status >= http.StatusInternalServerError:
		return fmt.Errorf("api answered %d: %s", answer.status, found.Detail)
	default:
		return &player.Refusal{Status: answer.status, Message: found.Detail}
	}
}

// memoryAnswer is an http.ResponseWriter that keeps the answer.
type memoryAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *memoryAnswer) Header() http.Header         { return a.header }
func (a *memoryAnswer) WriteHeader(status int)      { a.status = status }
func (a *memoryAnswer) Write(p []byte) (int, error) { return a.body.Write(p) }

type remoteAddressKey struct{}

// withRemoteAddress lets calls inside the process count against the reader's
// own address.
func withRemoteAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), remoteAddressKey{}, r.RemoteAddr)))
	})
}
