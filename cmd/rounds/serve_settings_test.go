package main

import (
	"strings"
	"testing"
)

func TestSettingsTellNoSecrets(t *testing.T) {
	t.Parallel()
	c := &serveCommand{Listen: "127.0.0.1:8081"}
	c.Site.BaseURL = "https://learn.example.org"
	c.Database.DatabaseURL = "postgres://rounds:hidden@db/rounds"
	c.Storage.S3SecretKey = "hidden"
	c.Seal.MasterKeyFile = "/etc/hidden"
	c.Mail.SMTPURL = "smtp://user:hidden@mail"
	values := map[string]string{}
	for _, s := range settings(c) {
		values[s.Name] = s.Value
		if strings.Contains(s.Value, "hidden") || s.Help == "" {
			t.Errorf("%+v", s)
		}
	}
	for name, want := range map[string]string{
		"ROUNDS_LISTEN": "127.0.0.1:8081", "ROUNDS_BASE_URL": "https://learn.example.org", "ROUNDS_DATABASE_URL": "•••", "ROUNDS_SMTP_URL": "•••",
		"ROUNDS_S3_SECRET_KEY": "•••", "ROUNDS_S3_ACCESS_KEY": "", "ROUNDS_KEY_LIMIT": "0",
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
