package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// BrandStore keeps how the pages of a program look.
type BrandStore interface {
	Brand(ctx context.Context, id catalog.ProgramID) (catalog.Brand, error)
	SaveBrand(ctx context.Context, id catalog.ProgramID, version *int, change func(*catalog.Brand) error) (catalog.Brand, error)
	SaveLogo(ctx context.Context, id catalog.ProgramID, kind string, logo []byte) error
	Logo(ctx context.Context, id catalog.ProgramID) (kind string, logo []byte, err error)
	AskForHelp(ctx context.Context, who identity.Principal, h catalog.HelpRequest) error
}

func (s *server) registerBrands() {
	const one, logo = "/v1/programs/{id}/brand", "/v1/programs/{id}/brand/logo"
	get := operation("get-brand", http.MethodGet, one, tagCatalog, "Read how the pages of a program look and whom its doctors ask", http.StatusOK, forReaders...)
	huma.Register(s.api, get, s.getBrand)
	change := operation("update-brand", http.MethodPatch, one, tagCatalog, "Say how the pages of a program look and whom its doctors ask", http.StatusOK, forChanges...)
	change.Description = "What is left out stays; an empty text goes back to what Rounds has. The accent must have a contrast of 4.5 : 1 with light pages, else 422 " +
		"colour_contrast names a darker one that has; for dark pages it is lightened by itself. Without an email there is no help form."
	huma.Register(s.api, change, s.updateBrand)
	put := operation("put-logo", http.MethodPut, logo, tagCatalog, "Upload the logo of a program", http.StatusNoContent, append(forReaders, http.StatusBadRequest, http.StatusRequestEntityTooLarge)...)
	put.Description = "PNG or JPEG, 16 to 2000 pixels, at most 256 kB, in place of an earlier one. It stands beside the name at a height of 40 pixels."
	picture := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	put.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"image/png": picture, "image/jpeg": picture, "application/octet-stream": picture}}
	put.SkipValidateBody = true
	put.MaxBodyBytes = 1 << 20
	huma.Register(s.api, put, s.putLogo)
	huma.Register(s.api, operation("delete-logo", http.MethodDelete, logo, tagCatalog, "Remove the logo of a program", http.StatusNoContent, forReaders...), s.deleteLogo)
	ask := operation("ask-for-help", http.MethodPost, "/v1/programs/{id}/help_requests", tagCatalog,
		"Write to the support of a program", http.StatusAccepted, append(forReaders, http.StatusConflict, http.StatusTooManyRequests)...)
	ask.Description = "It is mailed to the address of the program's brand, with name, e-mail address, page and device. 409 no_support_address when there is none; 429 after five in an hour."
	huma.Register(s.api, ask, s.askForHelp)
}

type brandBody struct {
	Name      string         `json:"name" example:"Heart Academy" doc:"In the head of the pages."`
	Accent    catalog.Colour `json:"accent" example:"#0b6070"`
	Dark      catalog.Colour `json:"accent_on_dark" example:"#6ccadb" doc:"What is made of it for dark pages."`
	Phone     string         `json:"phone" example:"+351912345678"`
	WhatsApp  string         `json:"whatsapp" example:"+351912345678"`
	Email     string         `json:"email" example:"help@heart.example" doc:"Where help requests go."`
	Logo      bool           `json:"logo" doc:"Whether there is one."`
	Version   int            `json:"version"`
	UpdatedAt time.Time      `json:"updated_at"`
}

type brandAnswer = etagged[brandBody]

func brandAnswered(b catalog.Brand, err error) (*brandAnswer, error) {
	if err != nil {
		return nil, err
	}
	body := brandBody{
		Name: b.Name, Accent: b.Accent, Phone: b.Phone, WhatsApp: b.WhatsApp, Email: b.Email,
		Logo: b.LogoType != "", Version: b.Version, UpdatedAt: b.UpdatedAt.UTC(),
	}
	if b.Accent != "" {
		body.Dark = b.Accent.OnDark()
	}
	return &brandAnswer{ETag: etag(b.Version), Body: body}, nil
}

func (s *server) getBrand(ctx context.Context, in *ProgramPath) (*brandAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.Program(ctx, who, in.ID); err != nil {
		return nil, err
	}
	return brandAnswered(s.Store.Brand(ctx, in.ID))
}

// brandChange has what an admin may set; nil leaves it as it is.
type brandChange struct {
	Name     *string `json:"name,omitempty" maxLength:"400"`
	Accent   *string `json:"accent,omitempty" maxLength:"20" example:"#0b6070"`
	Phone    *string `json:"phone,omitempty" maxLength:"100"`
	WhatsApp *string `json:"whatsapp,omitempty" maxLength:"100"`
	Email    *string `json:"email,omitempty" maxLength:"320"`
}

func (c brandChange) apply(b *catalog.Brand) (err error) {
	if c.Name != nil {
		if b.Name, err = catalog.CleanLine("name", *c.Name, 60, false); err != nil {
			return err
		}
	}
	if c.Accent != nil {
		if b.Accent, err = catalog.ParseAccent(*c.Accent); err != nil {
			return err
		}
	}
	if c.Phone != nil {
		if b.Phone, err = catalog.HelpPhone("phone", *c.Phone); err != nil {
			return err
		}
	}
	if c.WhatsApp != nil {
		if b.WhatsApp, err = catalog.HelpPhone("whatsapp", *c.WhatsApp); err != nil {
			return err
		}
	}
	if c.Email == nil {
		return nil
	}
	if b.Email = *c.Email; b.Email != "" {
		b.Email, err = identity.NormalEmail(*c.Email)
	}
	return err
}

func (s *server) updateBrand(ctx context.Context, in *struct {
	ProgramPath
	Precondition
	Body brandChange
},
) (*brandAnswer, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return brandAnswered(s.Store.SaveBrand(ctx, in.ID, version, in.Body.apply))
}

func (s *server) putLogo(ctx context.Context, in *struct {
	ProgramPath
	RawBody []byte
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	kind, err := catalog.CheckLogo(in.RawBody)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.SaveLogo(ctx, in.ID, kind, in.RawBody)
}

func (s *server) deleteLogo(ctx context.Context, in *ProgramPath) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.SaveLogo(ctx, in.ID, "", nil)
}

func (s *server) askForHelp(ctx context.Context, in *struct {
	ProgramPath
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Message string `json:"message" maxLength:"8000" example:"The video stops after a minute."`
		Page    string `json:"page,omitempty" maxLength:"2000" example:"/webinars/web_01k" doc:"Where it was written."`
		Device  string `json:"device,omitempty" maxLength:"1000" doc:"Left out: as the request calls itself."`
	}
},
) (*struct{}, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	text, err := catalog.CleanText("message", in.Body.Message, 4000)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, &catalog.FieldError{Field: "message", Code: "required", Message: "Please write what you need."}
	}
	page, err := catalog.CleanLine("page", in.Body.Page, 1000, false)
	if err != nil {
		return nil, err
	}
	device, err := catalog.CleanLine("device", in.Body.Device, 500, false)
	if err != nil {
		return nil, err
	}
	if device == "" {
		device = identity.DeviceName(in.UserAgent)
	}
	return nil, s.Store.AskForHelp(ctx, who, catalog.HelpRequest{ProgramID: in.ID, Message: text, Page: page, Device: device})
}
