package player

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// fakeBrands is what the fake knows of brands that are being changed.
type fakeBrands struct {
	savedBrand BrandSettings
	savedLogo  []byte
	logoSaved  bool
}

func (f *fake) ProgramBrand(_ context.Context, program string) (BrandSettings, error) {
	if program != "prg_1" {
		return BrandSettings{}, ErrNotFound
	}
	return BrandSettings{
		Program: program, Title: "Certificate in Cardiology", Name: heart.Name, Accent: heart.Accent, Phone: heart.Phone, WhatsApp: heart.WhatsApp,
		Email: heart.Email, Logo: true, Version: 3,
	}, nil
}

func (f *fake) SaveBrand(_ context.Context, b BrandSettings) error {
	f.savedBrand = b
	return f.failure
}

func (f *fake) SaveLogo(_ context.Context, _ string, picture []byte) error {
	f.savedLogo, f.logoSaved = picture, true
	return f.failure
}

func (f *fake) TryAccent(_ context.Context, colour string) (AccentTrial, error) {
	switch colour {
	case "":
		return AccentTrial{}, nil
	case heart.Accent, "#0b6070":
		return AccentTrial{Accent: colour, OnDark: heart.OnDark, Contrast: 6.54, OnDarkContrast: 4.6, Needed: 4.5}, nil
	}
	return AccentTrial{}, &FieldError{Field: "accent", Message: "This is too light to be read."}
}

const brandPath = "/admin/programs/prg_1/brand"

func TestBrandFormShowsWhatBecomesOfAColour(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get(brandPath), http.StatusOK, `value="Heart Academy"`, `name="version" value="3"`, `fill="#7a1fa2"`, "contrast 6.5. #c38fd6 on dark pages: contrast 4.6. Needed: 4.5", `src="/brands/prg_1/logo?v=3"`)
	form := url.Values{"version": {"3"}, "name": {"Heart"}, "accent": {"#0b6070"}, "phone": {"+351 912 345 678"}, "email": {"help@heart.example"}}
	form.Set("preview", "1")
	wants(t, b.post(brandPath, form), http.StatusOK, `fill="#0b6070"`, `value="Heart"`)
	if b.savedBrand.Program != "" {
		t.Errorf("a trial was stored: %+v", b.savedBrand)
	}
	form.Set("accent", "#ffff00")
	wants(t, b.post(brandPath, form), http.StatusUnprocessableEntity, `id="accent-error" role="alert">This is too light`, `value="#ffff00"`)
	form.Set("accent", "#0b6070")
	form.Del("preview")
	wantsRedirect(t, b.post(brandPath, form), brandPath+"?saved=1")
	want := BrandSettings{Program: "prg_1", Version: 3, Name: "Heart", Accent: "#0b6070", Phone: "+351 912 345 678", Email: "help@heart.example"}
	if b.savedBrand != want {
		t.Errorf("stored %+v", b.savedBrand)
	}
	b.failure = &Refusal{Status: http.StatusPreconditionFailed, Message: "Somebody else changed this."}
	wants(t, b.post(brandPath, form), http.StatusUnprocessableEntity, "Somebody else changed this.", `value="&#43;351 912 345 678"`)
}

func TestLogosAreSentAndRemoved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	send := func(file []byte) *httptest.ResponseRecorder {
		var body bytes.Buffer
		parts := multipart.NewWriter(&body)
		if file != nil {
			part, _ := parts.CreateFormFile("file", "logo.png")
			_, _ = part.Write(file)
		}
		_ = parts.Close()
		r := httptest.NewRequest(http.MethodPost, brandPath+"/logo", &body)
		r.Header.Set("Content-Type", parts.FormDataContentType())
		return b.send(r)
	}
	wantsRedirect(t, send(onePixel), brandPath+"?saved=1")
	if !bytes.Equal(b.savedLogo, onePixel) {
		t.Errorf("stored %q", b.savedLogo)
	}
	wants(t, send(nil), http.StatusUnprocessableEntity, "Please choose a picture.")
	b.failure = &FieldError{Field: "logo", Message: "The logo is damaged."}
	wants(t, send([]byte("x")), http.StatusUnprocessableEntity, `id="file-error" role="alert">The logo is damaged.`)
	b.failure, b.logoSaved = nil, false
	wantsRedirect(t, b.post(brandPath+"/logo/remove", nil), brandPath+"?saved=1")
	if !b.logoSaved || len(b.savedLogo) != 0 {
		t.Errorf("%v %q", b.logoSaved, b.savedLogo)
	}
}

func TestBrandsAreForAdministrators(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doctor := *b.viewer
	doctor.Admin = false
	b.viewer = &doctor
	wants(t, b.get(brandPath), http.StatusForbidden)
	wants(t, b.post(brandPath, url.Values{"name": {"x"}}), http.StatusForbidden)
	if b.savedBrand.Program != "" || strings.Contains(b.get("/admin").Body.String(), "/brand") {
		t.Error("a doctor changed a brand")
	}
}
