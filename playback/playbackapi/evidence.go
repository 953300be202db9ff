package playbackapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback/evidence"
)

// EvidenceStore keeps what credit hangs on.
type EvidenceStore interface {
	// Evidence returns the store's time and all records of a program, chain by
	// chain. catalog.ErrNotFound.
	Evidence(ctx context.Context, program catalog.ProgramID) (at time.Time, records iter.Seq2[evidence.Stored, error], err error)
}

// registerEvidence: auditors get the whole record of a program and check it
// without the service; a learning record store takes it as xAPI statements.
func (s *server) registerEvidence(api huma.API) {
	text := func(description string) *huma.MediaType {
		return &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: description}}
	}
	huma.Register(api, huma.Operation{
		OperationID: "export-evidence", Method: http.MethodGet, Path: "/v1/programs/{id}/evidence", Tags: []string{tag},
		Summary: "Export the evidence of a program",
		Description: "For administrators. One record for each completion, each waiver given or revoked and each import of attendance that was undone: rule, content, seconds and where they came from, " +
			"chained by hashes. `rounds admin audit verify` proves the export without the service. It is streamed; one that was cut lacks its last line. " +
			"With format=xapi the same as an array of xAPI statements of the Video Profile, ready for a learning record store: the same record always has the same id. " +
			"Doctors are told by the id of their account, by e-mail address only when asked for.",
		Responses: map[string]*huma.Response{"200": {Description: "The export.", Content: map[string]*huma.MediaType{
			contentNDJSON: text("A header, one record a line, and a last line with counts and a digest."),
			contentJSON: {Schema: &huma.Schema{
				Type: huma.TypeArray, Description: "With format=xapi: statements, one a line.", Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true},
			}},
		}}},
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.exportEvidence)
}

const (
	contentNDJSON = "application/x-ndjson"
	contentJSON   = "application/json"
)

type evidenceInput struct {
	ID     string `path:"id" maxLength:"100" doc:"Of the program."`
	Format string `query:"format" enum:"ndjson,xapi" default:"ndjson" doc:"Records with their hashes, or xAPI statements."`
	Email  bool   `query:"email" doc:"With format=xapi: name doctors by their e-mail address."`
}

func (s *server) exportEvidence(ctx context.Context, in *evidenceInput) (*huma.StreamResponse, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	if in.Email && in.Format != "xapi" {
		return nil, &catalog.FieldError{Field: "query.email", Code: "not_in_this_format", Message: "Addresses are told with format=xapi only: the record itself holds none."}
	}
	program := catalog.ProgramID(in.ID)
	at, records, err := s.Store.Evidence(ctx, program)
	if err != nil {
		return nil, err
	}
	kind, write := contentNDJSON, func(w io.Writer) error { return writeRecords(w, program, at, records) }
	if in.Format == "xapi" {
		kind, write = contentJSON, func(w io.Writer) error { return s.writeStatements(w, in.Email, records) }
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Type", kind)
		hctx.SetHeader("Cache-Control", "no-store")
		out := bufio.NewWriterSize(hctx.BodyWriter(), 32<<10)
		if err := errors.Join(write(out), out.Flush()); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: a broken connection says that it is not whole
		}
	}}, nil
}

func writeRecords(w io.Writer, program catalog.ProgramID, at time.Time, records iter.Seq2[evidence.Stored, error]) error {
	export, err := evidence.NewWriter(w, program, at)
	if err != nil {
		return err
	}
	for e, err := range records {
		if err == nil {
			err = export.Write(e.Enrolment, e.Line)
		}
		if err != nil {
			return err
		}
	}
	return export.Close()
}

// writeStatements writes a JSON array, one statement a line.
func (s *server) writeStatements(w io.Writer, withEmail bool, records iter.Seq2[evidence.Stored, error]) error {
	speaker := evidence.Speaker{BaseURL: s.BaseURL.String()}
	before := "[\n"
	for e, err := range records {
		if err != nil {
			return err
		}
		if withEmail {
			speaker.Email = e.Email
		}
		statement, err := evidence.Statement(e.Line, speaker)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, before+string(statement)); err != nil {
			return err
		}
		before = ",\n"
	}
	if before == "[\n" {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}
