package catalogapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// emailsFromCSV lets a list of addresses come as text/csv: it becomes the JSON
// that the handler knows.
func (s *server) emailsFromCSV(ctx huma.Context, next func(huma.Context)) {
	kind, _, _ := mime.ParseMediaType(ctx.Header("Content-Type"))
	if kind != "text/csv" {
		next(ctx)
		return
	}
	// Who may not do this does not get his file read.
	if _, err := identity.RequireAdmin(ctx.Context()); err != nil {
		s.fail(ctx, err)
		return
	}
	emails, err := readEmails(http.MaxBytesReader(nil, io.NopCloser(ctx.BodyReader()), maxBodyBytes))
	if err != nil {
		s.fail(ctx, err)
		return
	}
	body, _ := json.Marshal(newInvitationsBody{Emails: emails}) // strings
	request := humagin.Unwrap(ctx).Request
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	request.Header.Set("Content-Type", "application/json")
	next(ctx)
}

// fail answers with the problem of a domain error.
func (s *server) fail(ctx huma.Context, err error) {
	_ = huma.WriteErr(s.api, ctx, http.StatusInternalServerError, "unexpected error occurred", err) // the client may be gone
}

// readEmails takes the column "email" (or "e-mail", in any case) of a CSV, or
// its first column when there is no such heading. Comma, semicolon and tab
// separate; a byte order mark is passed over. Errors name the line.
func readEmails(file io.Reader) ([]string, error) {
	text, err := io.ReadAll(file)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &catalog.FieldError{Field: "body", Code: "too_large", Message: "Please split this file: it is larger than 4 MiB."}
	}
	if err != nil {
		return nil, catalog.Invalid("body", "The file could not be read to its end.")
	}
	rows := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	rows.Comma, rows.FieldsPerRecord, rows.TrimLeadingSpace = catalog.CSVSeparator(text), -1, true
	var emails []string
	column := -1
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return checkEmails(emails)
		}
		if err != nil {
			return nil, &catalog.FieldError{Field: "body", Code: "invalid_csv", Message: "This is not a CSV file: %s.", Args: []any{err.Error()}}
		}
		if column < 0 {
			var heading bool
			if column, heading = emailColumn(row); heading {
				continue
			}
		}
		line, _ := rows.FieldPos(0)
		if column >= len(row) {
			return nil, badLine(line)
		}
		email, err := identity.NormalEmail(row[column])
		if err != nil {
			return nil, badLine(line)
		}
		emails = append(emails, email)
	}
}

func checkEmails(emails []string) ([]string, error) {
	switch {
	case len(emails) == 0:
		return nil, catalog.Invalid("body", "There is no e-mail address in this file.")
	case len(emails) > maxInvitations:
		return nil, catalog.Invalid("body", "Please send at most %d addresses at once.", maxInvitations)
	default:
		return emails, nil
	}
}

// emailColumn finds the column by its heading; without one it is the first and
// the row is data already.
func emailColumn(row []string) (column int, heading bool) {
	column = slices.IndexFunc(row, func(cell string) bool {
		name := strings.ToLower(strings.TrimSpace(cell))
		return name == "email" || name == "e-mail"
	})
	return max(column, 0), column >= 0
}

func badLine(line int) error {
	return &catalog.FieldError{Field: "body", Code: "invalid_email", Message: "Line %d has no usable e-mail address.", Args: []any{line}}
}

func badAddress(index int, err error) error {
	var field *catalog.FieldError
	if !errors.As(err, &field) {
		return err
	}
	return &catalog.FieldError{Field: fmt.Sprintf("emails[%d]", index), Code: field.Code, Message: field.Message, Args: field.Args}
}
