package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// Brand implements player.Branding. Brands are no secret, and the sign-in page
// has one before anybody can be asked who she is, so they come from the store.
func (p *pages) Brand(ctx context.Context, program string) (player.Brand, bool) {
	var b catalog.Brand
	var err error
	if program == "" {
		b, err = p.store.BrandFor(ctx, identity.FromContext(ctx).AccountID)
	} else {
		b, err = p.store.Brand(ctx, catalog.ProgramID(program))
	}
	if err != nil {
		return player.Brand{}, false
	}
	view := player.Brand{
		Program: string(b.ProgramID), Name: b.Name, Phone: b.Phone, WhatsApp: b.WhatsApp, Email: b.Email, Logo: b.LogoType != "", Version: b.Version,
	}
	if b.Accent != "" {
		const black, white catalog.Colour = "#000000", "#ffffff"
		view.Accent, view.AccentStrong = string(b.Accent), string(b.Accent.Stronger(black))
		view.OnDark, view.OnDarkStrong = string(b.Accent.OnDark()), string(b.Accent.OnDark().Stronger(white))
	}
	return view, true
}

// Logo implements player.Branding.
func (p *pages) Logo(ctx context.Context, program string) (kind string, picture []byte, err error) {
	kind, picture, err = p.store.Logo(ctx, catalog.ProgramID(program))
	return kind, picture, pageErrorOf(ctx, err)
}

// AskForHelp implements player.Branding.
func (p *pages) AskForHelp(ctx context.Context, h player.HelpRequest) error {
	return p.post(ctx, "/v1/programs/"+url.PathEscape(h.Program)+"/help_requests", map[string]string{
		"message": h.Message, "page": h.Page, "device": identity.DeviceName(h.Device),
	}, nil)
}

// ProgramBrand implements player.BrandEditing.
func (p *pages) ProgramBrand(ctx context.Context, program string) (player.BrandSettings, error) {
	var item itemAnswer
	if err := p.get(ctx, programPath(program), &item); err != nil {
		return player.BrandSettings{}, err
	}
	var b struct {
		Name, Accent, Phone, WhatsApp, Email string
		Logo                                 bool
		Version                              int
	}
	err := p.get(ctx, programPath(program)+"/brand", &b)
	return player.BrandSettings{
		Program: program, Title: item.Title, Name: b.Name, Accent: b.Accent, Phone: b.Phone, WhatsApp: b.WhatsApp, Email: b.Email, Logo: b.Logo, Version: b.Version,
	}, err
}

// SaveBrand implements player.BrandEditing.
func (p *pages) SaveBrand(ctx context.Context, b player.BrandSettings) error {
	return p.patch(ctx, programPath(b.Program)+"/brand", b.Version, map[string]string{
		"name": b.Name, "accent": b.Accent, "phone": b.Phone, "whatsapp": b.WhatsApp, "email": b.Email,
	})
}

// SaveLogo implements player.BrandEditing.
func (p *pages) SaveLogo(ctx context.Context, program string, picture []byte) error {
	method, body := http.MethodPut, any(picture)
	if len(picture) == 0 {
		method, body = http.MethodDelete, nil
	}
	_, err := p.do(ctx, method, programPath(program)+"/brand/logo", body, "")
	return err
}

// TryAccent implements player.BrandEditing.
func (p *pages) TryAccent(ctx context.Context, colour string) (player.AccentTrial, error) {
	accent, err := catalog.ParseAccent(colour)
	var wrong *catalog.FieldError
	if errors.As(err, &wrong) {
		return player.AccentTrial{}, &player.FieldError{Field: wrong.Field, Message: say(ctx, wrong.Sentence())}
	}
	if accent == "" {
		return player.AccentTrial{}, err
	}
	light, dark := catalog.Grounds()
	return player.AccentTrial{
		Accent: string(accent), OnDark: string(accent.OnDark()), Needed: catalog.MinContrast,
		Contrast: accent.Contrast(light), OnDarkContrast: accent.OnDark().Contrast(dark),
	}, err
}
