package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/catalog/notify"
)

// TestMessageSettings: each channel is made of its settings, secrets may be in
// files, and a wrong setting is named without its value.
func TestMessageSettings(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("smtp://rounds:s3cret@mail.example.org:587\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		mail mailConfig
		want string
	}{
		"nothing":        {mailConfig{}, "ROUNDS_SMTP_URL"},
		"both":           {mailConfig{SMTPURL: "smtp://x", SMTPFile: secret}, "ROUNDS_SMTP_URL_FILE"},
		"no such file":   {mailConfig{SMTPFile: secret + "x"}, "ROUNDS_SMTP_URL_FILE"},
		"no address":     {mailConfig{SMTPURL: "http://x"}, "ROUNDS_SMTP_URL"},
		"no certificate": {mailConfig{SMTPFile: secret, SMTPCAFile: secret}, "ROUNDS_SMTP_CA_FILE"},
	} {
		if _, err := c.mail.transport(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for name, c := range map[string]mailConfig{"file": {SMTPFile: secret}, "dir": {MailDir: t.TempDir()}, "ses": {SESRegion: "eu-west-1"}} {
		if _, err := c.transport(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]phoneConfig{
		"ROUNDS_SMS_COUNTRIES":          {SMSCountries: []string{"in"}},
		"ROUNDS_WHATSAPP_TOKEN":         {WhatsAppPhone: "1"},
		"ROUNDS_WHATSAPP_TOKEN_FILE":    {WhatsAppPhone: "1", WhatsAppFile: secret + "x"},
		"ROUNDS_SMS_APPROVED_COUNTRIES": {SMSApprovedCountries: []string{"XX"}},
		"ROUNDS_WHATSAPP_VERIFY_TOKEN":  {WhatsAppSecret: "s"},
	} {
		if err := c.addTo(t.Context(), map[catalog.Channel]notify.Transport{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	all := phoneConfig{SMSRegion: "eu-west-1", SMSCountries: []string{"IN"}, WhatsAppPhone: "1", WhatsAppToken: "t"}
	transports := map[catalog.Channel]notify.Transport{}
	if err := all.addTo(t.Context(), transports); err != nil || len(transports) != 2 || !all.rules().SMS || !all.rules().WhatsApp {
		t.Errorf("%v: %v", err, transports)
	}
	if hook, err := (phoneConfig{WhatsAppSecretFile: secret, WhatsAppVerify: "v"}).hook(); err != nil || !hook.Challenge("subscribe", "v") {
		t.Errorf("%+v, %v", hook, err)
	}
	if hook, err := all.hook(); err != nil || hook != nil || all.receipts() != nil || (phoneConfig{SMSTopic: "arn:x"}).receipts().Topic != "arn:x" {
		t.Errorf("%+v, %v", hook, err)
	}
}
