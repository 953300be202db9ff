package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// huma makes its error answers through two package variables. They are set
// once, before any request, so that every error in the program – huma's own
// validation and the adapters' domain errors alike – leaves as a problem.
func init() { //nolint:gochecknoinits // huma has no other place for this
	huma.NewError = newHumaError
	huma.NewErrorWithContext = newHumaErrorWithContext
}

// newHumaError turns what huma found itself (validation, content types) into a problem.
func newHumaError(status int, message string, errs ...error) huma.StatusError {
	p := newProblem(status, codeOfStatus(status), sentence(message))
	for _, err := range errs {
		if detailer, ok := err.(huma.ErrorDetailer); ok {
			p.Errors = append(p.Errors, detailer.ErrorDetail())
		}
	}
	if len(p.Errors) > 0 {
		p.Detail = fieldsSentence(p.Errors)
	}
	return p
}

// newHumaErrorWithContext also sees what handlers return; those go through the table.
func newHumaErrorWithContext(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	if status != http.StatusInternalServerError || len(errs) == 0 {
		return newHumaError(status, message, errs...)
	}
	noteError(ctx.Context(), errs[0])
	p := problemOf(errs[0])
	p.header(ctx.SetHeader)
	return p
}

// writeProblem answers with the problem of err outside huma's routes.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	noteError(r.Context(), err)
	sendProblem(w, problemOf(err))
}

func sendProblem(w http.ResponseWriter, p *problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	p.header(w.Header().Set)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

func codeOfStatus(status int) string {
	switch status {
	case http.StatusUnprocessableEntity:
		return "invalid"
	case http.StatusRequestEntityTooLarge:
		return "body_too_large"
	case http.StatusInternalServerError:
		return "internal"
	default:
		return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
	}
}

func sentence(message string) string {
	if message == "" {
		return ""
	}
	return strings.ToUpper(message[:1]) + strings.TrimSuffix(message[1:], ".") + "."
}

// fieldsSentence names each field that cannot be used and why.
func fieldsSentence(details []*huma.ErrorDetail) string {
	parts := make([]string, 0, len(details))
	for _, d := range details {
		field := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body."), "query.")
		parts = append(parts, strings.TrimSpace(field+": "+d.Message))
	}
	return "Please correct: " + strings.Join(parts, "; ") + "."
}

type requestNoteKey struct{}

// requestNote collects what the access log should say about a request.
type requestNote struct{ err error }

// noteError leaves err for the access log of its request.
func noteError(ctx context.Context, err error) {
	if note, ok := ctx.Value(requestNoteKey{}).(*requestNote); ok {
		note.err = err
	}
}
