package notify

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
)

// store writes a text as administrators do.
func (b *testBundle) store(id string, t catalog.MessageText) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), `insert into message_templates (id, channel, kind, locale, version, subject, body, external_id, category, approval)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, id, t.Channel, t.Kind, t.Locale, t.Version, t.Subject, t.Body, t.ExternalID, t.Category, t.Approval)
	if err != nil {
		b.t.Fatal(err)
	}
}

// account makes a person with a phone.
func (b *testBundle) account(email, country, phone, channel, locale, zone string) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), `insert into accounts (id, email, name, country, phone, phone_confirmed, codes_by_phone, message_channel, locale, time_zone)
		values ($1, $1, 'Dr', $2, $3, $3, true, $4, $5, $6)`,
		email, country, phone, channel, locale, zone)
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestStoredTexts: the newest approved version in the reader's language is
// sent, then the less special language, then what is built in; times are on the
// reader's clock.
func TestStoredTexts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mail := catalog.MessageText{Channel: catalog.ChannelEmail, Kind: catalog.MessageWebhookDisabled, Locale: "pt", Version: 1, Subject: "Desligado: {{.url}}", Body: "Desde {{.failing_since}}", Approval: "approved"}
	b.store("tpl_1", mail)
	mail.Version, mail.Subject = 2, "Webhook desligado"
	b.store("tpl_2", mail)
	mail.Version, mail.Subject, mail.Approval = 3, "Rascunho", "draft"
	b.store("tpl_3", mail)
	b.account("br@example.org", "BR", "", "email", "pt-BR", "America/Sao_Paulo")
	b.account("jp@example.org", "JP", "", "email", "ja", "Asia/Tokyo")
	note := catalog.Message{Kind: catalog.MessageWebhookDisabled, Locale: "en", Values: map[string]string{"name": "Dr", "url": "https://x", "reason": "500"}, Times: map[string]time.Time{"failing_since": time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}}
	for _, c := range []struct{ to, subject, text string }{
		{"br@example.org", "Webhook desligado", "Wed 1 Jul 2026, 09:00 UTC-03 (America/Sao Paulo)"},
		{"jp@example.org", "A webhook has been switched off: https://x", "Wed 1 Jul 2026, 21:00 JST (Asia/Tokyo)"},
		{"stranger@example.org", "A webhook has been switched off: https://x", "Wed 1 Jul 2026, 12:00 UTC."},
	} {
		note.Recipient = c.to
		b.put(note, nil)
		if got := b.receive(); got.Subject != c.subject || !strings.Contains(got.Text, c.text) {
			t.Errorf("%s: %q\n%s", c.to, got.Subject, got.Text)
		}
	}
	b.until("the version is on record", `select bool_or(template_version = 2 and recipient = 'br@example.org') from messages`)
}

// TestUnapprovedTextsAreRefused: WhatsApp and Indian numbers get approved texts
// only; what has none is refused with the reason before anything is said to the
// service, and goes by mail.
func TestUnapprovedTextsAreRefused(t *testing.T) {
	t.Parallel()
	phones := &phoneTransport{sent: make(chan Outgoing, 10)}
	b := setup(t, func(c *Config) {
		c.Rules = catalog.ChannelRules{SMS: true, WhatsApp: true, SMSCountries: []string{"IN", "PT"}, ApprovedCountries: []string{"IN"}}
		c.Transports[catalog.ChannelSMS], c.Transports[catalog.ChannelWhatsApp] = phones, phones
	})
	b.account("in@example.org", "IN", "+91 98765 43210", "sms", "en-IN", "Asia/Kolkata")
	b.account("pt@example.org", "PT", "+351912345678", "sms", "pt-PT", "Europe/Lisbon")
	b.account("wa@example.org", "DE", "+4915112345678", "whatsapp", "de", "Europe/Berlin")
	text := catalog.MessageText{Channel: catalog.ChannelSMS, Kind: catalog.MessageSignInCode, Locale: "en", Version: 1, Body: "{{.code}} for {{.minutes}} minutes", Approval: "submitted"}

	for _, c := range []struct{ to, reason string }{
		{"in@example.org", "There is no stored text for sms sign_in_code in en-IN or en; only approved texts may be sent there."},
		{"wa@example.org", "There is no stored text for whatsapp sign_in_code in de or en; only approved texts may be sent there."},
	} {
		b.put(codeFor(c.to, "123456"), nil)
		if got := b.receive(); got.Channel != catalog.ChannelEmail || got.To != c.to {
			t.Errorf("sent %s to %s", got.Channel, got.To)
		}
	}
	b.put(codeFor("pt@example.org", "123456"), nil) // needs none
	if got := <-phones.sent; got.To != "+351912345678" || !strings.HasPrefix(got.Text, "123456 is your code") {
		t.Errorf("sent %+v", got)
	}
	b.store("tpl_1", text)
	refuse := func(reason string) {
		t.Helper()
		s := &Sender{config: b.config}
		_, err := s.text(t.Context(), queued{channel: catalog.ChannelSMS, kind: catalog.MessageSignInCode, country: "IN"}, "en-IN")
		if r, ok := rejected(err); !ok || r.Reason != reason {
			t.Errorf("refused with %v, want %s", err, reason)
		}
	}
	refuse("The text for sms sign_in_code in en-IN or en, version 1, is not approved: its state is submitted.")
	b.exec(`update message_templates set approval = 'approved'`)
	refuse("The text for sms sign_in_code in en-IN or en, version 1, has no external_id; only registered texts may be sent to IN.")
	b.exec(`update message_templates set external_id = '1107160000000000001'`)
	b.put(codeFor("in@example.org", "654321"), nil)
	if got := <-phones.sent; got.To != "+919876543210" || got.Text != "654321 for 10 minutes" || got.Template.ExternalID != "1107160000000000001" || got.Parameters[0] != "654321" || got.Country != "IN" {
		t.Errorf("sent %+v", got)
	}
	// What the service itself refuses for good goes by mail too.
	phones.refuse(&Rejection{Reason: "not a number of WhatsApp", Address: true})
	text.Channel, text.ExternalID, text.Approval = catalog.ChannelWhatsApp, "sign_in_1", "approved"
	b.store("tpl_2", text)
	b.put(codeFor("wa@example.org", "111111"), nil)
	if got := b.receive(); got.To != "wa@example.org" {
		t.Errorf("sent to %s", got.To)
	}
	b.until("the number is marked", `select count(*) = 1 from undeliverable where channel = 'whatsapp' and address = '+4915112345678'`)
	b.until("the way is on record", `select count(*) = 3 from messages where channel = 'email' and outcome = 'by_mail' and sent_at is not null`)
}

// phoneTransport is a channel of its own.
type phoneTransport struct {
	sent    chan Outgoing
	mu      sync.Mutex
	refusal error
}

func (p *phoneTransport) refuse(with error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusal = with
}

func (*phoneTransport) Repeatable() bool { return false }

func (p *phoneTransport) Send(_ context.Context, m Outgoing) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusal != nil {
		return "", p.refusal
	}
	p.sent <- m
	return "sms-1", nil
}

func (b *testBundle) exec(sql string) {
	b.t.Helper()
	if _, err := b.pool.Exec(b.t.Context(), sql); err != nil {
		b.t.Fatal(err)
	}
}
