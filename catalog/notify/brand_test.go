package notify

import (
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

// TestMailsOfAProgramCarryItsBrand: its name, its colour and whom to ask; dates
// and the program's own words in the language of the text, and what others
// wrote in one piece where the words around it run the other way.
func TestMailsOfAProgramCarryItsBrand(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) {
		c.Say = func(locale string, s catalog.Sentence) string { return locale + "<" + s.String() + ">" }
	})
	if _, err := b.pool.Exec(t.Context(), `
		with p as (insert into programs (id, title) values ('prg_heart', 'Cardiology') returning id)
		insert into program_brands (program_id, name, accent, phone, whatsapp, email)
		select id, 'Heart & Academy', '#7a1f3d', '+351912345678', '+351912345679', 'help@heart.example' from p`); err != nil {
		t.Fatal(err)
	}
	b.put(catalog.Message{Recipient: "ana@hospital.example", Kind: catalog.MessageInvitation, Locale: "ar", Program: "prg_heart", Values: map[string]string{
		"code": "7K3M-0ZQX-H2RD-9WVB", "program": "Cardiology", "link": "https://learn.example.org/register?code=7K3M-0ZQX-H2RD-9WVB",
	}}, nil)
	m := b.receive()
	if m.From != `"Heart & Academy" <no-reply@example.org>` {
		t.Errorf("from %s", m.From)
	}
	for _, piece := range []string{"ar<Help by phone:>\n+351912345678\n", "ar<Help on WhatsApp:>\nhttps://wa.me/351912345679\n", "\nhttps://learn.example.org/help?program=prg_heart\n", "\u2068Cardiology\u2069"} {
		if !strings.Contains(m.Text, piece) {
			t.Errorf("the text lacks %q:\n%s", piece, m.Text)
		}
	}
	for _, piece := range []string{`dir="rtl"`, `color:#7a1f3d`, "Heart &amp; Academy", `href="tel:&#43;351912345678"`, `href="https://wa.me/351912345679"`} {
		if !strings.Contains(m.HTML, piece) {
			t.Errorf("the page lacks %q:\n%s", piece, m.HTML)
		}
	}
	if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, ownAccent) {
		t.Errorf("a picture or another's colour:\n%s", m.HTML)
	}
}

// TestMailsOfNoProgram are those of Rounds.
func TestMailsOfNoProgram(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.put(catalog.Message{
		Recipient: "ana@hospital.example", Kind: catalog.MessageWebhookDisabled, Program: "prg_gone", Locale: "en",
		Values: map[string]string{"name": "Ana", "url": "https://x.example", "reason": "It answered 500."},
		Times:  map[string]time.Time{"failing_since": time.Date(2026, 3, 2, 14, 4, 0, 0, time.UTC)},
	}, nil)
	m := b.receive()
	if m.From != "Rounds <no-reply@example.org>" || !strings.Contains(m.Text, "Mon 2 Mar 2026, 14:04 UTC") || strings.Contains(m.HTML, "border-top") {
		t.Errorf("%s\n%s\n%s", m.From, m.Text, m.HTML)
	}
}

// TestAccentsCanBeReadInMails: what is readable on pages is so on the white of mails.
func TestAccentsCanBeReadInMails(t *testing.T) {
	t.Parallel()
	for _, colour := range []string{"#0b6070", "#7a1f3d", "#5a5a00"} {
		accent, err := catalog.ParseAccent(colour)
		if err != nil || accent.Contrast("#ffffff") < 4.5 {
			t.Errorf("%s: %v, %.1f", colour, err, accent.Contrast("#ffffff"))
		}
	}
}
