package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

func TestProblemOf(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err    error
		status int
		code   string
	}{
		"sentinel":           {catalog.ErrNotFound, 404, "not_found"},
		"wrapped":            {fmt.Errorf("get webinar: %w", catalog.ErrNotFound), 404, "not_found"},
		"field":              {catalog.Invalid("title", "Give it a title."), 422, "invalid_field"},
		"field with a code":  {&catalog.FieldError{Field: "invitation_code", Code: "invitation_used"}, 422, "invitation_used"},
		"conflict with code": {fmt.Errorf("x: %w", &catalog.ConflictError{Code: "session_taken_over"}), 409, "session_taken_over"},
		"conflict":           {catalog.ErrConflict, 409, "conflict"},
		"rate limit":         {&catalog.RateLimitError{Code: "too_many_tries"}, 429, "too_many_tries"},
		"incomplete upload":  {&catalog.UploadIncompleteError{Missing: []int{2}}, 409, "upload_incomplete"},
		"unknown":            {errors.New("pq: relation does not exist"), 500, "internal"},
	}
	for name, c := range cases {
		got := problemOf(c.err)
		if got.Status != c.status || got.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, got.Status, got.Code, c.status, c.code)
		}
	}
}

func TestRateLimitsNameTheWait(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	writeProblem(recorder, httptest.NewRequest(http.MethodGet, "/", nil), &catalog.RateLimitError{RetryAfter: 1500 * time.Millisecond})
	if got := recorder.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q, want 2", got)
	}
}

func TestUnknownErrorsKeepTheirTextInTheLog(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	writeProblem(recorder, httptest.NewRequest(http.MethodGet, "/", nil), errors.New("secret host 10.1.2.3"))
	if recorder.Code != 500 || strings.Contains(recorder.Body.String(), "10.1.2.3") {
		t.Errorf("answer: %d %s", recorder.Code, recorder.Body)
	}
	if got := recorder.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
}

func TestProblemsNameTheirField(t *testing.T) {
	t.Parallel()
	detail := func(location, message string) error {
		return &huma.ErrorDetail{Location: location, Message: message, Value: map[string]any{"secret": "1"}}
	}
	cases := map[string]struct {
		got      huma.StatusError
		location string
		message  string
	}{
		"of the body":     {problemOf(catalog.Invalid("title", "No.")), "body.title", "No."},
		"the body itself": {problemOf(catalog.Invalid("body", "No.")), "body", "No."},
		"of the query":    {problemOf(catalog.Invalid("query.cursor", "No.")), "query.cursor", "No."},
		"a header":        {problemOf(catalog.Invalid("header.Idempotency-Key", "No.")), "header.Idempotency-Key", "No."},
		"missing":         {newHumaError(422, "x", detail("body", "expected required property email to be present")), "body.email", "is missing"},
		"missing inside":  {newHumaError(422, "x", detail("body.parts[0]", "expected required property sha256 to be present")), "body.parts[0].sha256", "is missing"},
		"beyond int64": {
			newHumaError(422, "x", detail("body", "json: cannot unmarshal number 1e+308 into Go struct field newRecordingBody.size_bytes of type int64")),
			"body.size_bytes", "does not fit here",
		},
		"beyond int in a list": {
			newHumaError(422, "x", detail("body", "json: cannot unmarshal number 1e+308 into Go struct field .parts.part_number of type int")),
			"body.parts.part_number", "does not fit here",
		},
		"no body at all": {newHumaError(400, "request body is required"), "body", "This request needs a body."},
		"a broken body":  {unreadable(io.ErrUnexpectedEOF), "body", "The request broke off before its end. Please send it again."},
	}
	for name, c := range cases {
		p, _ := c.got.(*problem)
		want := huma.ErrorDetail{Location: c.location, Message: c.message}
		if p == nil || len(p.Errors) != 1 || *p.Errors[0] != want {
			t.Errorf("%s: %+v, want one error %+v", name, c.got, want)
		}
	}
}
