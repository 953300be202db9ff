package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"net/mail"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// framed is what stands around the text of a mail: whose it is, and whom to ask.
type framed struct {
	Name   string         // of the program
	Accent catalog.Colour // of its links; checked for its contrast where it came in
	Help   []help
}

// help is one way to ask somebody.
type help struct {
	Words string
	Shown string // the number or address
	Link  htmltemplate.URL
}

// ownAccent is the colour of links in mails of no program.
const ownAccent = "#0b5c8a"

// Colour is that of links.
func (f framed) Colour() string { return cmp.Or(string(f.Accent), ownAccent) }

// brand is that of a program; the zero brand when it has none or is gone.
func (s *Sender) brand(ctx context.Context, program catalog.ProgramID) (b catalog.Brand, err error) {
	if program == "" {
		return b, nil
	}
	err = s.config.Pool.QueryRow(ctx, `
		select b.name, b.accent, b.phone, b.whatsapp, b.email from program_brands b join programs p on p.id = b.program_id
		where p.id = $1 and p.deleted_at is null`, program).Scan(&b.Name, &b.Accent, &b.Phone, &b.WhatsApp, &b.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return catalog.Brand{}, nil
	}
	if err != nil {
		return b, fmt.Errorf("read brand: %w", err)
	}
	b.ProgramID = program
	return b, nil
}

// framed words a brand for a mail. Logos are left out: most mailboxes show no
// picture of a server before their reader asks for it, and tell the server then.
func (s *Sender) framed(b catalog.Brand, locale string) framed {
	f := framed{Name: b.Name, Accent: b.Accent}
	if b.Phone != "" {
		f.Help = append(f.Help, help{s.say(locale, catalog.Say("Help by phone:")), b.Phone, htmltemplate.URL("tel:" + b.Phone)}) //nolint:gosec // G203: + and digits, checked where it came in
	}
	if b.WhatsApp != "" {
		link := "https://wa.me/" + strings.TrimPrefix(b.WhatsApp, "+")
		f.Help = append(f.Help, help{s.say(locale, catalog.Say("Help on WhatsApp:")), link, htmltemplate.URL(link)}) //nolint:gosec // G203: the same
	}
	if b.Email != "" {
		link := s.config.BaseURL + "/help?program=" + string(b.ProgramID)
		f.Help = append(f.Help, help{s.say(locale, catalog.Say("Help by our form:")), link, htmltemplate.URL(link)}) //nolint:gosec // G203: our own address and an id of ours
	}
	return f
}

// from is the sender of a mail: the name is that of the brand, the address ours.
func (s *Sender) from(b catalog.Brand) string {
	own, err := mail.ParseAddress(s.config.From)
	if err != nil || b.Name == "" {
		return s.config.From
	}
	return (&mail.Address{Name: b.Name, Address: own.Address}).String()
}
