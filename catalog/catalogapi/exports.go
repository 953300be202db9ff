package catalogapi

import (
	"context"
	"encoding/csv"
	"iter"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ExportStore reads tables for spreadsheets.
type ExportStore interface {
	ExportAccounts(ctx context.Context) (iter.Seq2[[]string, error], error)
	ExportEnrolments(ctx context.Context, program catalog.ProgramID) (iter.Seq2[[]string, error], error)
}

// registerExports: an admin opens them in a spreadsheet, a learning system
// reads them at night.
func (s *server) registerExports() {
	for _, e := range []struct {
		id, path, summary string
		failures          []int
	}{
		{"export-accounts", "/v1/accounts.csv", "Export all accounts as CSV", forAdmins},
		{"export-enrolments", "/v1/programs/{id}/enrolments.csv", "Export who takes part in a program, and how far they are, as CSV", append(forAdmins, http.StatusNotFound)},
	} {
		op := operation(e.id, http.MethodGet, e.path, tagPeople, e.summary, http.StatusOK, e.failures...)
		op.Description = "UTF-8 with a byte order mark, headings first, streamed; a connection that breaks off says that it is not whole. What looks like a formula has an " +
			"apostrophe before it, so that no spreadsheet computes it; imports take it off again."
		op.Responses = map[string]*huma.Response{"200": {Description: "The table.", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
		if e.id == "export-accounts" {
			huma.Register(s.api, op, s.exportAccounts)
		} else {
			huma.Register(s.api, op, s.exportEnrolments)
		}
	}
}

func (s *server) exportAccounts(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	lines, err := s.Store.ExportAccounts(ctx)
	return tableAnswered("accounts.csv", lines, err)
}

func (s *server) exportEnrolments(ctx context.Context, in *ProgramPath) (*huma.StreamResponse, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	lines, err := s.Store.ExportEnrolments(ctx, in.ID)
	return tableAnswered("enrolments.csv", lines, err)
}

func tableAnswered(filename string, lines iter.Seq2[[]string, error], err error) (*huma.StreamResponse, error) {
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Type", "text/csv; charset=utf-8")
		hctx.SetHeader("Content-Disposition", `attachment; filename="`+filename+`"`)
		hctx.SetHeader("Cache-Control", noStore)
		if err := writeTable(hctx, lines); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: a broken connection says that it is not whole
		}
	}}, nil
}

// writeTable writes lines with the byte order mark by which spreadsheets know UTF-8.
func writeTable(hctx huma.Context, lines iter.Seq2[[]string, error]) error {
	if _, err := hctx.BodyWriter().Write([]byte("\xef\xbb\xbf")); err != nil {
		return err
	}
	out := csv.NewWriter(hctx.BodyWriter())
	for line, err := range lines {
		if err != nil {
			return err
		}
		for i, cell := range line {
			line[i] = identity.Guarded(cell)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
