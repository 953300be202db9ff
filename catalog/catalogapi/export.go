package catalogapi

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// PersonalData gives all that is kept of a person.
type PersonalData interface {
	// PersonalData calls each for every kind of data with the name of a file and
	// an array of JSON. catalog.ErrNotFound before the first when there is no such person.
	PersonalData(ctx context.Context, id catalog.AccountID, each func(file string, content []byte) error) error
}

// aboutExport is the first file of an archive.
const aboutExport = `This archive holds what is kept of you, one file for each kind of data, as JSON.

account, addresses      what you told about yourself
consents                what you decided
enrolments              the programs you take part in
invitations, messages   what was sent to you (when and what for; contents are not kept)
sign_ins, sessions      when and with which device you signed in
changes                 what was changed of your account, when and by whom
watching, coverage      what you played, and the seconds that counted (in milliseconds)
attendance              your stays in live sessions, as the organisers reported them
completions, waivers    your credit
evidence                the chained record that your credit rests on, word for word
`

// exportAnswer streams an archive.
type exportAnswer struct{ Body func(ctx huma.Context) }

// export writes the archive while it is read from the database. What goes wrong
// after its beginning breaks it off: an archive without its end is none.
func (s *server) exportOf(id catalog.AccountID) *exportAnswer {
	return &exportAnswer{Body: func(ctx huma.Context) {
		w := &lateHeader{ctx: ctx}
		if err := s.writeExport(ctx.Context(), id, w); err != nil && !w.begun {
			s.fail(ctx, err)
		}
	}}
}

func (s *server) writeExport(ctx context.Context, id catalog.AccountID, w io.Writer) error {
	archive := zip.NewWriter(w)
	add := func(file string, content []byte) error {
		to, err := archive.CreateHeader(&zip.FileHeader{Name: file, Method: zip.Deflate, Modified: time.Now().UTC()})
		if err == nil {
			_, err = to.Write(content)
		}
		return err
	}
	each := func(file string, content []byte) error {
		var readable bytes.Buffer
		if err := json.Indent(&readable, content, "", "  "); err != nil {
			return err
		}
		return add(file+".json", append(readable.Bytes(), '\n'))
	}
	if _, err := s.Store.Account(ctx, id); err != nil {
		return err
	}
	if err := add("README.txt", []byte(aboutExport)); err != nil {
		return err
	}
	if err := s.Store.PersonalData(ctx, id, each); err != nil {
		return err
	}
	if s.Played != nil {
		if err := s.Played.PersonalData(ctx, id, each); err != nil {
			return err
		}
	}
	return archive.Close()
}

// lateHeader writes the header of an answer with its first bytes.
type lateHeader struct {
	ctx   huma.Context
	begun bool
}

func (w *lateHeader) Write(p []byte) (int, error) {
	if !w.begun {
		w.begun = true
		w.ctx.SetHeader("Content-Type", "application/zip")
		w.ctx.SetHeader("Content-Disposition", `attachment; filename="my-data.zip"`)
		w.ctx.SetHeader("Cache-Control", noStore)
		w.ctx.SetStatus(http.StatusOK)
	}
	return w.ctx.BodyWriter().Write(p)
}
