package catalog

import (
	"encoding/base64"
	"path"
	"strings"
	"time"
)

// MaterialID names a Material ("mat_…").
type MaterialID string

// NewMaterialID mints an identifier for a material.
func NewMaterialID() MaterialID { return MaterialID(NewID("mat")) }

// Material is a file that goes with a webinar: slides, a handout. It is
// announced first, then sent to the storage, then there.
type Material struct {
	ID          MaterialID
	WebinarID   WebinarID
	Title       string
	Filename    string
	ContentType string // by the name's ending
	SizeBytes   int64
	SHA256      string // base64, of the whole file
	CreatedBy   string
	CreatedAt   time.Time
	UploadedAt  *time.Time // nil: announced only
}

// Bounds of materials.
const (
	MaxMaterialBytes = 200 << 20
	MaxMaterials     = 50 // of one webinar
)

// MaterialKind is a form of file that may go with a webinar.
type MaterialKind struct {
	ContentType string
	Begins      string // first bytes of every such file; empty: text
}

const zipBegins = "PK\x03\x04"

// materialKinds are what doctors can open and what runs nothing when they do:
// no pages, no scripts, no documents with macros.
var materialKinds = map[string]MaterialKind{
	".pdf":  {"application/pdf", "%PDF-"},
	".pptx": {"application/vnd.openxmlformats-officedocument.presentationml.presentation", zipBegins},
	".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", zipBegins},
	".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", zipBegins},
	".odp":  {"application/vnd.oasis.opendocument.presentation", zipBegins},
	".odt":  {"application/vnd.oasis.opendocument.text", zipBegins},
	".epub": {"application/epub+zip", zipBegins},
	".png":  {"image/png", "\x89PNG\r\n\x1a\n"},
	".jpg":  {"image/jpeg", "\xff\xd8\xff"},
	".jpeg": {"image/jpeg", "\xff\xd8\xff"},
	".txt":  {"text/plain; charset=utf-8", ""},
	".csv":  {"text/csv; charset=utf-8", ""},
}

// Kind is what a file of that name is; ok is false when it may not be a material.
func (m Material) Kind() (k MaterialKind, ok bool) {
	k, ok = materialKinds[strings.ToLower(path.Ext(m.Filename))]
	return k, ok
}

// CleanMaterial checks what is announced and tidies it. The error is a *FieldError.
func CleanMaterial(m Material) (Material, error) {
	var err error
	if m.Filename, err = CleanLine("filename", path.Base(strings.ReplaceAll(m.Filename, `\`, "/")), 200, true); err != nil {
		return m, err
	}
	kind, ok := m.Kind()
	if !ok {
		return m, &FieldError{Field: "filename", Code: "unsupported_type", Message: "Please send a PDF, an office document without macros (pptx, docx, xlsx, odp, odt), an EPUB, a picture (png, jpg) or text (txt, csv)."}
	}
	m.ContentType = kind.ContentType
	if m.Title, err = CleanLine("title", m.Title, 300, false); err != nil {
		return m, err
	}
	if m.Title == "" {
		m.Title = m.Filename
	}
	if m.SizeBytes < 1 || m.SizeBytes > MaxMaterialBytes {
		return m, &FieldError{Field: "size_bytes", Code: "too_large", Message: "A material has 1 byte to %d MiB.", Args: []any{MaxMaterialBytes >> 20}}
	}
	if sum, err := base64.StdEncoding.DecodeString(m.SHA256); err != nil || len(sum) != 32 {
		return m, &FieldError{Field: "sha256", Code: "invalid_checksum", Message: "Please give the SHA-256 of the file in base64."}
	}
	return m, nil
}
