package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// MaterialStore keeps the files that go with webinars.
type MaterialStore interface {
	AddMaterial(ctx context.Context, m catalog.Material) (catalog.Material, error)
	Material(ctx context.Context, id catalog.MaterialID) (catalog.Material, error)
	Materials(ctx context.Context, id catalog.WebinarID, unfinished bool) ([]catalog.Material, error)
	FinishMaterial(ctx context.Context, id catalog.MaterialID) (catalog.Material, error)
	DeleteMaterial(ctx context.Context, id catalog.MaterialID) error
}

// MaterialFiles are the bytes of materials.
type MaterialFiles interface {
	SignMaterial(ctx context.Context, m catalog.Material) (catalog.SignedPart, error)
	// CheckMaterial: catalog.ErrUploadIncomplete, or a *catalog.FieldError when the file is not what its name says.
	CheckMaterial(ctx context.Context, m catalog.Material) error
	MaterialLink(ctx context.Context, m catalog.Material) (catalog.SourceLink, error)
	RemoveMaterial(ctx context.Context, id catalog.MaterialID) error
}

// registerMaterials: presenters and administrators add them, whoever may see
// the webinar downloads them from its page.
func (s *server) registerMaterials() {
	const in, one = "/v1/webinars/{id}/materials", "/v1/materials/{id}"
	add := s.creating(operation("create-material", http.MethodPost, in, tagCatalog,
		"Announce a material of a webinar and get the right to upload it", http.StatusCreated, forMakers...))
	add.Description = "For the webinar's presenters and administrators. Send the file by one PUT to upload.url with upload.headers, then complete it. " +
		"At most 200 MiB: PDF, pptx, docx, xlsx, odp, odt, epub, png, jpg, txt, csv (422 unsupported_type). What is not completed within a day is forgotten."
	huma.Register(s.api, add, s.createMaterial)
	complete := operation("complete-material", http.MethodPost, one+"/complete", tagCatalog, "Say that a material is uploaded", http.StatusOK, forMakers...)
	complete.Description = "Its size and beginning are looked at (409 upload_incomplete, 422 wrong_content); from then on it is listed. Repeating it changes nothing."
	huma.Register(s.api, complete, s.completeMaterial)
	huma.Register(s.api, operation("list-materials", http.MethodGet, in, tagCatalog, "List the materials of a webinar", http.StatusOK, forOpening...), s.listMaterials)
	get := operation("download-material", http.MethodGet, one+"/file", tagCatalog, "Download a material", http.StatusSeeOther, forOpening...)
	get.Description = "For whoever may see its webinar. Leads to a signed link at the storage that lives for five minutes and is saved as a file."
	huma.Register(s.api, get, s.downloadMaterial)
	huma.Register(s.api, operation("delete-material", http.MethodDelete, one, tagCatalog, "Delete a material", http.StatusNoContent, forMakers...), s.deleteMaterial)
}

type materialBody struct {
	ID          catalog.MaterialID `json:"id"`
	WebinarID   catalog.WebinarID  `json:"webinar_id"`
	Title       string             `json:"title"`
	Filename    string             `json:"filename"`
	ContentType string             `json:"content_type"`
	SizeBytes   int64              `json:"size_bytes"`
	SHA256      string             `json:"sha256"`
	CreatedAt   time.Time          `json:"created_at"`
	UploadedAt  *time.Time         `json:"uploaded_at" nullable:"true" doc:"Null while it is only announced."`
}

func materialOf(m catalog.Material) materialBody {
	return materialBody{
		ID: m.ID, WebinarID: m.WebinarID, Title: m.Title, Filename: m.Filename, ContentType: m.ContentType, SizeBytes: m.SizeBytes,
		SHA256: m.SHA256, CreatedAt: m.CreatedAt.UTC(), UploadedAt: utc(m.UploadedAt),
	}
}

type materialUpload struct {
	Method    string            `json:"method" example:"PUT"`
	URL       string            `json:"url" doc:"Signed; whoever has it may send exactly this file until it expires."`
	Headers   map[string]string `json:"headers" doc:"To be sent with it."`
	ExpiresAt time.Time         `json:"expires_at"`
}

type newMaterialAnswer struct {
	Body struct {
		Material materialBody   `json:"material"`
		Upload   materialUpload `json:"upload"`
	}
}

func (s *server) createMaterial(ctx context.Context, in *struct {
	WebinarPath
	Body struct {
		Filename  string `json:"filename" maxLength:"400" example:"heart-failure-slides.pdf"`
		Title     string `json:"title,omitempty" maxLength:"600" example:"Slides" doc:"Left out: the file's name."`
		SizeBytes int64  `json:"size_bytes" minimum:"1" maximum:"209715200"`
		SHA256    string `json:"sha256" maxLength:"100" doc:"Of the file, in base64." example:"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="`
	}
},
) (*newMaterialAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.MayUpload(ctx, who, in.ID); err != nil {
		return nil, err
	}
	m, err := catalog.CleanMaterial(catalog.Material{WebinarID: in.ID, Filename: in.Body.Filename, Title: in.Body.Title, SizeBytes: in.Body.SizeBytes, SHA256: in.Body.SHA256})
	if err != nil {
		return nil, err
	}
	if m, err = s.Store.AddMaterial(ctx, m); err != nil {
		return nil, err
	}
	signed, err := s.Materials.SignMaterial(ctx, m)
	if err != nil {
		return nil, err
	}
	answer := new(newMaterialAnswer)
	answer.Body.Material = materialOf(m)
	answer.Body.Upload = materialUpload{Method: http.MethodPut, URL: signed.URL, Headers: signed.Headers, ExpiresAt: signed.ExpiresAt}
	return answer, nil
}

// MaterialPath names a material.
type MaterialPath struct {
	ID catalog.MaterialID `path:"id" maxLength:"100"`
}

// managedMaterial is a material that whoever asks may change.
func (s *server) managedMaterial(ctx context.Context, id catalog.MaterialID) (catalog.Material, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return catalog.Material{}, err
	}
	m, err := s.Store.Material(ctx, id)
	if err != nil {
		return m, err
	}
	return m, s.Store.MayUpload(ctx, who, m.WebinarID)
}

type materialAnswer struct{ Body materialBody }

func (s *server) completeMaterial(ctx context.Context, in *MaterialPath) (*materialAnswer, error) {
	m, err := s.managedMaterial(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if m.UploadedAt == nil {
		if err := s.Materials.CheckMaterial(ctx, m); err != nil {
			return nil, err
		}
		if m, err = s.Store.FinishMaterial(ctx, in.ID); err != nil {
			return nil, err
		}
	}
	return &materialAnswer{Body: materialOf(m)}, nil
}

func (s *server) listMaterials(ctx context.Context, in *WebinarPath) (*listed[materialBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.Store.Webinar(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	manages := s.Store.MayUpload(ctx, who, w.ID) == nil
	materials, err := s.Store.Materials(ctx, w.ID, manages)
	return listOf(catalog.Page[catalog.Material]{Items: materials}, materialOf, err)
}

func (s *server) downloadMaterial(ctx context.Context, in *MaterialPath) (*sourceAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.Store.Material(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.Webinar(ctx, who, m.WebinarID); err != nil {
		return nil, err
	}
	if m.UploadedAt == nil {
		return nil, catalog.ErrNotFound
	}
	return redirected(s.Materials.MaterialLink(ctx, m))
}

func (s *server) deleteMaterial(ctx context.Context, in *MaterialPath) (*struct{}, error) {
	if _, err := s.managedMaterial(ctx, in.ID); err != nil {
		return nil, err
	}
	err := s.Store.DeleteMaterial(ctx, in.ID)
	if err == nil {
		_ = s.Materials.RemoveMaterial(ctx, in.ID) // upkeep does it when the storage does not answer now
	}
	return nil, err
}
