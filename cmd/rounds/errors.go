package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// problem is the body of every error answer (RFC 9457).
type problem struct {
	Type   string              `json:"type" example:"about:blank" doc:"Always about:blank: the code tells problems apart."`
	Title  string              `json:"title" example:"Unprocessable Entity" doc:"Name of the HTTP status."`
	Status int                 `json:"status" example:"422" doc:"HTTP status."`
	Code   string              `json:"code" example:"invitation_used" doc:"Stable name of the problem, for programs."`
	Detail string              `json:"detail" example:"This invitation was already used. Sign in with your e-mail instead." doc:"What happened and what to do, for people."`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" doc:"The fields that cannot be used, when there are any."`

	said       catalog.Sentence   // what Detail says, to be put in another language
	details    []catalog.Sentence // what Errors say, when Detail says what they say
	lang       string             // of Detail; empty: English
	retryAfter time.Duration      // 0: not said
}

func (p *problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *problem) GetStatus() int { return p.Status }

// ContentType makes huma answer application/problem+json.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// errorRow is one line of the table that turns domain errors into answers.
type errorRow struct {
	err    error
	status int
	code   string
	detail string
}

// errorTable is read from top to bottom; the first row whose error matches wins.
var errorTable = []errorRow{
	{catalog.ErrNotFound, http.StatusNotFound, "not_found", "There is nothing here, or nothing that you may see."},
	{catalog.ErrUnauthenticated, http.StatusUnauthorized, "unauthenticated", "Please sign in first."},
	{catalog.ErrForbidden, http.StatusForbidden, "forbidden", "Your account is not allowed to do this."},
	{catalog.ErrVersionMismatch, http.StatusPreconditionFailed, "version_mismatch", "Somebody else changed this in the meantime. Load it again and repeat your change."},
	{catalog.ErrNotReady, http.StatusConflict, "not_ready", "There is no recording to watch yet. Please come back later."},
	{catalog.ErrUploadIncomplete, http.StatusConflict, "upload_incomplete", "Some parts of the file have not arrived yet."},
	{catalog.ErrUploadFinished, http.StatusConflict, "upload_finished", "This upload is finished; a new file needs a new recording."},
	{catalog.ErrLeaseLost, http.StatusConflict, "conflict", "This changed in the meantime. Load it again."},
	{catalog.ErrRateLimited, http.StatusTooManyRequests, "rate_limited", "Too many tries. Please wait a little."},
	{catalog.ErrConflict, http.StatusConflict, "conflict", "This is not possible in the present state."},
	{catalog.ErrUnavailable, http.StatusServiceUnavailable, "unavailable", "A part of the service does not answer right now. Please try again in a minute."},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "unavailable", "This took too long. Please try again in a minute."},
	{context.Canceled, statusClientClosed, "canceled", "The request was cancelled."},
}

// comeBackAfter is told with every 503. Players have a schedule of their own;
// programs that go by it come back soon and not all the time.
const comeBackAfter = 5 * time.Second

// statusClientClosed is what servers log when the client went away; nobody reads the answer.
const statusClientClosed = 499

// problemOf finds the answer for a domain error. An error outside the table is
// ours: 500, and its text stays in the log.
func problemOf(err error) *problem {
	var field *catalog.FieldError
	if errors.As(err, &field) {
		p := newProblem(http.StatusUnprocessableEntity, orElse(field.Code, "invalid_field"), field.Message, field.Args...)
		p.Errors = []*huma.ErrorDetail{{Message: p.Detail, Location: location(field.Field)}}
		return p
	}
	var conflict *catalog.ConflictError
	if errors.As(err, &conflict) {
		return newProblem(http.StatusConflict, orElse(conflict.Code, "conflict"), conflict.Message, conflict.Args...)
	}
	var rate *catalog.RateLimitError
	if errors.As(err, &rate) {
		p := newProblem(http.StatusTooManyRequests, orElse(rate.Code, "rate_limited"), rate.Message)
		p.retryAfter = rate.RetryAfter
		return p
	}
	var incomplete *catalog.UploadIncompleteError
	if errors.As(err, &incomplete) {
		return newProblem(http.StatusConflict, "upload_incomplete", incomplete.Message, incomplete.Args...)
	}
	for _, row := range errorTable {
		if errors.Is(err, row.err) {
			p := newProblem(row.status, row.code, row.detail)
			if p.Status == http.StatusServiceUnavailable {
				p.retryAfter = comeBackAfter
			}
			return p
		}
	}
	return newProblem(http.StatusInternalServerError, "internal", "Something went wrong on our side. It has been recorded; please try again.")
}

// location spells where a field of a FieldError is, as huma does: fields are of
// the body unless they say header, query or path.
func location(field string) string {
	where, _, named := strings.Cut(field, ".")
	if field == "body" || named && slices.Contains([]string{"header", "query", "path"}, where) {
		return field
	}
	return "body." + field
}

// in puts the problem into a language. The names of fields stay.
func (p *problem) in(lang string) *problem {
	p.lang = lang
	if lang == english {
		return p
	}
	told := *p
	told.Errors = nil
	for i, e := range p.Errors {
		said := p.said
		if len(p.details) > 0 {
			said = p.details[i]
		}
		told.Errors = append(told.Errors, &huma.ErrorDetail{Location: e.Location, Message: sayIn(lang, said)})
	}
	told.Detail = sayIn(lang, p.said)
	return &told
}

// header names the language (RFC 9110 section 8.5) and the wait, when there is
// one (section 10.2.3).
func (p *problem) header(set func(name, value string)) {
	set("Content-Language", orElse(p.lang, english))
	if p.retryAfter > 0 {
		set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
}

// newProblem makes one. The detail is the text of a catalog.Sentence.
func newProblem(status int, code, detail string, args ...any) *problem {
	said := catalog.Sentence{Text: detail, Args: args}
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: said.String(), said: said}
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
