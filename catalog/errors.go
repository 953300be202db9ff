package catalog

import (
	"errors"
	"fmt"
	"time"
)

// Sentinel errors. Adapters wrap them with %w; the table in cmd/rounds turns
// them into a status, a code and a sentence. A row that belongs to somebody
// else is reported as ErrNotFound, so that ids cannot be tried out.
var (
	// ErrNotFound: no such object, or none that the caller may know of.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the object may be known, the act is not allowed.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthenticated: nobody is signed in.
	ErrUnauthenticated = errors.New("not signed in")
	// ErrConflict: the object is in a state that does not allow the act.
	ErrConflict = errors.New("conflict")
	// ErrVersionMismatch: If-Match did not match (RFC 9110 section 13.1.1).
	ErrVersionMismatch = errors.New("version mismatch")
	// ErrNotReady: the webinar has no recording that can be played.
	ErrNotReady = errors.New("no recording is ready to play")
	// ErrUploadIncomplete: complete was called while parts are missing.
	ErrUploadIncomplete = errors.New("upload is incomplete")
	// ErrUploadFinished: the upload is over, parts can no longer be added.
	ErrUploadFinished = errors.New("upload is finished")
	// ErrLeaseLost: the fencing token is no longer the recording's newest; the
	// attempt must stop and leave no trace.
	ErrLeaseLost = errors.New("processing lease lost")
	// ErrUnavailable: a part of the service (database, storage) did not answer.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// FieldError says which field of a request cannot be used and why, in words
// for its reader. It reaches clients as 422 with the field's name.
type FieldError struct {
	Field   string // JSON name, e.g. "starts_at"; of other parts of a request: "query.cursor", "header.If-Match"
	Code    string // stable, e.g. "invalid_time"; empty means "invalid_field"
	Message string // a sentence that names the remedy: the Text of a Sentence
	Args    []any  // what is filled in there
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Sentence()) }

// Sentence is what is said to the reader.
func (e *FieldError) Sentence() Sentence { return Sentence{e.Message, e.Args} }

// Invalid makes a FieldError. The message is the Text of a Sentence.
func Invalid(field, message string, args ...any) error {
	return &FieldError{Field: field, Message: message, Args: args}
}

// ConflictError is an ErrConflict with a stable code and a sentence for the reader.
type ConflictError struct {
	Code    string // e.g. "invitation_used"
	Message string // the Text of a Sentence
	Args    []any  // what is filled in there
}

func (e *ConflictError) Error() string { return e.Sentence().String() }

// Sentence is what is said to the reader.
func (e *ConflictError) Sentence() Sentence { return Sentence{e.Message, e.Args} }

// Unwrap makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Unwrap() error { return ErrConflict }

// ErrRateLimited is returned after too many tries; RateLimitError says when to come back.
var ErrRateLimited = errors.New("rate limited")

// RateLimitError is an ErrRateLimited with the wait. It reaches clients as 429
// with Retry-After.
type RateLimitError struct {
	Code       string // e.g. "too_many_tries"
	Message    string
	RetryAfter time.Duration
}

func (e *RateLimitError) Error() string { return e.Message }

// Unwrap makes errors.Is(err, ErrRateLimited) true.
func (e *RateLimitError) Unwrap() error { return ErrRateLimited }

// UploadIncompleteError is an ErrUploadIncomplete that names what is missing.
type UploadIncompleteError struct {
	Missing []int  // part numbers not sent, or sent with a wrong size
	Message string // a sentence with (the first of) them: the Text of a Sentence
	Args    []any  // what is filled in there
}

func (e *UploadIncompleteError) Error() string { return e.Sentence().String() }

// Sentence is what is said to the reader.
func (e *UploadIncompleteError) Sentence() Sentence { return Sentence{e.Message, e.Args} }

// Unwrap makes errors.Is(err, ErrUploadIncomplete) true.
func (e *UploadIncompleteError) Unwrap() error { return ErrUploadIncomplete }
