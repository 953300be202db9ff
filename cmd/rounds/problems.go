package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
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
	return problemFound(status, message, errs...)
}

func problemFound(status int, message string, errs ...error) *problem {
	said, ok := readable(wholeBodies, message)
	if !ok {
		said = catalog.Sentence{Text: sentence(message)}
	}
	p := newProblem(status, codeOfStatus(status), said.Text, said.Args...)
	for _, err := range errs {
		if detailer, ok := err.(huma.ErrorDetailer); ok {
			detail, said := readableDetail(detailer.ErrorDetail())
			p.Errors, p.details = append(p.Errors, detail), append(p.details, said)
		}
	}
	switch {
	case len(p.Errors) > 0:
		p.said = p.fieldsSentence()
		p.Detail = p.said.String()
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		p.Errors = []*huma.ErrorDetail{{Location: "body", Message: p.Detail}}
	}
	return p
}

// newHumaErrorWithContext also sees what handlers return; those go through the table.
func newHumaErrorWithContext(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	if status != http.StatusInternalServerError || len(errs) == 0 {
		return told(ctx, problemFound(status, message, errs...))
	}
	noteError(ctx.Context(), errs[0])
	if message == unreadableBody {
		return told(ctx, unreadable(errs[0]))
	}
	return told(ctx, problemOf(errs[0]))
}

// told puts a problem into the language of whoever asks.
func told(ctx huma.Context, p *problem) *problem {
	noteCode(ctx.Context(), p.Code)
	p = p.in(languageOf(ctx.Context()))
	p.header(ctx.SetHeader)
	return p
}

// unreadableBody is what huma calls a body that it could not read to its end.
const unreadableBody = "cannot read request body"

// unreadable is the answer to a body that broke off or was too large: the
// client's doing, not ours.
func unreadable(err error) *problem {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return newProblem(http.StatusRequestEntityTooLarge, codeOfStatus(http.StatusRequestEntityTooLarge), "This request is too large.")
	}
	p := newProblem(http.StatusBadRequest, "unreadable_body", "The request broke off before its end. Please send it again.")
	p.Errors = []*huma.ErrorDetail{{Location: "body", Message: p.Detail}}
	return p
}

// writeProblem answers with the problem of err outside huma's routes.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	noteError(r.Context(), err)
	p := problemOf(err)
	noteCode(r.Context(), p.Code)
	sendProblem(w, p.in(languageOf(r.Context())))
}

func sendProblem(w http.ResponseWriter, p *problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	p.header(w.Header().Set)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

// codeInvalid is the code of what the validator refuses.
const codeInvalid = "invalid"

func codeOfStatus(status int) string {
	switch status {
	case http.StatusUnprocessableEntity:
		return codeInvalid
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
	return strings.TrimSuffix(sentenceCase(message), ".") + "."
}

// sentenceCase begins words as a sentence does.
func sentenceCase(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return words
	}
	return string(unicode.ToUpper(first)) + words[size:]
}

var (
	requiredProperty = regexp.MustCompile(`^expected required property (\S+) to be present$`)
	wrongType        = regexp.MustCompile(`^json: cannot unmarshal (\S+).* into Go (?:struct field [^.\s]*\.(\S+)|value) of type`)
)

// readableDetail says what huma found in words that do not need our source:
// the location is the field itself, the names of Go types stay here, and what
// the client sent is not sent back.
func readableDetail(d *huma.ErrorDetail) (*huma.ErrorDetail, catalog.Sentence) {
	location := d.Location
	if m := requiredProperty.FindStringSubmatch(d.Message); m != nil {
		location = strings.TrimPrefix(d.Location+"."+m[1], ".")
	} else if m := wrongType.FindStringSubmatch(d.Message); m != nil {
		location = strings.TrimSuffix("body."+m[2], ".")
	}
	said, ok := readable(findings, d.Message)
	if !ok {
		said = catalog.Say("%s", d.Message)
	}
	return &huma.ErrorDetail{Location: location, Message: said.String()}, said
}

// fieldsSentence names each field that cannot be used and why.
func (p *problem) fieldsSentence() catalog.Sentence {
	var all catalog.Sentence
	for i, d := range p.Errors {
		field := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body."), "query.")
		one := catalog.Say("%s: %s", field, p.details[i])
		if field == "" {
			one = p.details[i]
		}
		if i == 0 {
			all = one
		} else {
			all = catalog.Say("%s; %s", all, one)
		}
	}
	return catalog.Say("Please correct: %s.", all)
}

type requestNoteKey struct{}

// requestNote collects what the access log should say about a request.
type requestNote struct {
	err   error
	code  string // of the problem it was answered with
	route string // the template of its route
}

// noteError leaves err for the access log of its request.
func noteError(ctx context.Context, err error) {
	if note, ok := ctx.Value(requestNoteKey{}).(*requestNote); ok {
		note.err = err
	}
}

// noteCode leaves the code of a problem for the figures and the access log.
func noteCode(ctx context.Context, code string) {
	if note, ok := ctx.Value(requestNoteKey{}).(*requestNote); ok {
		note.code = code
	}
}
