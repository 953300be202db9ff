package main

import (
	"context"
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
