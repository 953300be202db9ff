package player

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// BrandEditing lets administrators change how the pages of a program look.
type BrandEditing interface {
	// ProgramBrand is the brand of a program to be changed. ErrNotFound, ErrForbidden.
	ProgramBrand(ctx context.Context, program string) (BrandSettings, error)
	// SaveBrand stores it, but for its logo; a *Refusal when somebody else changed it meanwhile.
	SaveBrand(ctx context.Context, brand BrandSettings) error
	// SaveLogo stores a picture; an empty one removes what there is.
	SaveLogo(ctx context.Context, program string, picture []byte) error
	// TryAccent judges a colour without storing anything. A *FieldError when it is
	// none, or cannot be read.
	TryAccent(ctx context.Context, colour string) (AccentTrial, error)
}

// BrandSettings are what an administrator says of a brand.
type BrandSettings struct {
	Program, Title         string // of the program
	Name, Accent           string
	Phone, WhatsApp, Email string
	Logo                   bool
	Version                int
}

// AccentTrial is what becomes of a colour: #rrggbb on light and dark pages, with
// its contrast to them.
type AccentTrial struct {
	Accent, OnDark                   string
	Contrast, OnDarkContrast, Needed float64
}

// brandView is the content of the page.
type brandView struct {
	BrandSettings
	Form        *form
	Trial       *AccentTrial // of the colour in the form
	LogoURL     string
	LogoMessage string
	Saved       bool
}

// forBrands: only administrators change brands.
func (s *site) forBrands(page adder) {
	page("GET /admin/programs/{id}/brand", s.asAdmin(s.brandPage))
	page("POST /admin/programs/{id}/brand", s.asAdmin(s.saveBrand))
	page("POST /admin/programs/{id}/brand/logo", s.asAdmin(s.saveLogo))
	page("POST /admin/programs/{id}/brand/logo/remove", s.asAdmin(s.removeLogo))
}

func brandForm(b BrandSettings) *form {
	return &form{Submit: "edit.save", Action: "/admin/programs/" + url.PathEscape(b.Program) + "/brand", Fields: []field{
		{Name: "version", Type: typeHidden, Value: strconv.Itoa(b.Version)},
		{Name: "name", Label: "brand.name", Help: "brand.name_help", Value: b.Name},
		{Name: "accent", Label: "brand.accent", Help: "brand.accent_help", Value: b.Accent, Class: "code"},
		{Name: "phone", Label: "brand.phone", Help: "brand.phone_help", Type: "tel", Value: b.Phone},
		{Name: "whatsapp", Label: "brand.whatsapp", Type: "tel", Value: b.WhatsApp},
		{Name: "email", Label: "brand.email", Help: "brand.email_help", Type: "email", Value: b.Email},
	}}
}

// brandPage shows a brand, as it is stored.
func (s *site) brandPage(w http.ResponseWriter, r *http.Request) error {
	b, err := s.Backend.ProgramBrand(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.showBrand(w, r, brandView{BrandSettings: b, Form: brandForm(b), Saved: r.URL.Query().Has("saved")})
}

func (s *site) showBrand(w http.ResponseWriter, r *http.Request, view brandView) error {
	if trial, err := s.Backend.TryAccent(r.Context(), view.Form.value("accent")); err == nil && trial.Accent != "" {
		view.Trial = &trial
	}
	if view.Logo {
		view.LogoURL = Brand{Program: view.Program, Version: view.Version}.LogoURL()
	}
	status := view.Form.status()
	if view.LogoMessage != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, r, status, page{Name: "brand", Title: "brand.title", Section: "admin", Script: formScript, Program: view.Program, Content: view})
	return nil
}

// saveBrand stores the form, or only shows what would become of it.
func (s *site) saveBrand(w http.ResponseWriter, r *http.Request) error {
	b, err := s.Backend.ProgramBrand(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f := brandForm(b)
	f.keep(r)
	version, _ := strconv.Atoi(f.value("version"))
	_, err = s.Backend.TryAccent(r.Context(), f.value("accent"))
	if err == nil && r.PostFormValue("preview") == "" {
		err = s.Backend.SaveBrand(r.Context(), BrandSettings{
			Program: b.Program, Version: version, Name: f.value("name"), Accent: f.value("accent"),
			Phone: f.value("phone"), WhatsApp: f.value("whatsapp"), Email: f.value("email"),
		})
		if err == nil {
			http.Redirect(w, r, f.Action+"?saved=1", http.StatusSeeOther)
			return nil
		}
	}
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
	}
	return s.showBrand(w, r, brandView{BrandSettings: b, Form: f})
}

// saveLogo takes the picture of the form.
func (s *site) saveLogo(w http.ResponseWriter, r *http.Request) error {
	picture, err := formFile(r)
	switch {
	case errors.Is(err, errTooLarge):
		err = &FieldError{Field: "file", Message: s.locale(r).T("brand.logo_large")}
	case err != nil || len(picture) == 0:
		err = &FieldError{Field: "file", Message: s.locale(r).T("brand.logo_missing")}
	default:
		err = s.Backend.SaveLogo(r.Context(), r.PathValue("id"), picture)
	}
	return s.logoSaved(w, r, err)
}

func (s *site) removeLogo(w http.ResponseWriter, r *http.Request) error {
	return s.logoSaved(w, r, s.Backend.SaveLogo(r.Context(), r.PathValue("id"), nil))
}

func (s *site) logoSaved(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		http.Redirect(w, r, "/admin/programs/"+url.PathEscape(r.PathValue("id"))+"/brand?saved=1", http.StatusSeeOther)
		return nil
	}
	var wrong *FieldError
	if !errors.As(err, &wrong) {
		return err
	}
	b, err := s.Backend.ProgramBrand(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.showBrand(w, r, brandView{BrandSettings: b, Form: brandForm(b), LogoMessage: wrong.Message})
}
