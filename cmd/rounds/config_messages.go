package main

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"os"

	"rounds/catalog"
	"rounds/catalog/catalogapi"
	"rounds/catalog/notify"
)

// mailConfig says how mail leaves.
type mailConfig struct {
	MailDir    string  `env:"ROUNDS_MAIL_DIR" help:"Folder that gets each mail as an .eml file when no mail server is given."`
	SMTPURL    string  `name:"smtp-url" env:"ROUNDS_SMTP_URL" help:"Mail server: smtp://user:password@host:port (STARTTLS) or smtps://…; give it by environment."`
	SMTPCAFile string  `name:"smtp-ca-file" env:"ROUNDS_SMTP_CA_FILE" help:"Certificates (PEM) of the authority of the mail server, where the machine does not know it."`
	MailFrom   string  `default:"Rounds <no-reply@localhost>" env:"ROUNDS_MAIL_FROM" help:"Sender of all mail."`
	MailRate   float64 `default:"100" env:"ROUNDS_MAIL_RATE" help:"Mails a second that all processes together hand over at most; codes go first. 0: any number."`
	SESTopic   string  `name:"ses-topic" env:"ROUNDS_SES_TOPIC" help:"ARN of the Amazon SNS topic that tells of bounces and complaints, posted to /v1/inbound/ses; empty: that address answers 404."`
	CodesADay  int     `name:"codes-a-day" default:"40" env:"ROUNDS_CODES_A_DAY" help:"One-time codes that an address is sent within 24 hours; 0: any number."`
	OthersADay int     `name:"messages-a-day" default:"50" env:"ROUNDS_MESSAGES_A_DAY" help:"Other messages that an address is sent within 24 hours, the rest waits; 0: any number."`
}

// transport is what takes mail.
func (c mailConfig) transport() (notify.Transport, error) {
	switch {
	case c.SMTPURL != "":
		roots, err := c.authority()
		if err != nil {
			return nil, err
		}
		transport, err := notify.NewSMTP(c.SMTPURL, roots)
		if err != nil {
			return nil, fmt.Errorf("ROUNDS_SMTP_URL: %w", err)
		}
		return transport, nil
	case c.MailDir != "":
		return notify.Dir{Path: c.MailDir}, nil
	default:
		return nil, fmt.Errorf("ROUNDS_MAIL_DIR or ROUNDS_SMTP_URL: give one, or nobody can sign in")
	}
}

func (c mailConfig) authority() (*x509.CertPool, error) {
	if c.SMTPCAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.SMTPCAFile)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_SMTP_CA_FILE: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("ROUNDS_SMTP_CA_FILE: %s holds no certificate in PEM", c.SMTPCAFile)
	}
	return roots, nil
}

// bounces reads what SES tells, or is nil.
func (c mailConfig) bounces() *notify.Bounces {
	if c.SESTopic == "" {
		return nil
	}
	return &notify.Bounces{Topic: c.SESTopic, HTTP: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// sending joins the outbox to its channels.
func (s *server) sending() (*notify.Sender, error) {
	mail := s.config.Mail
	transport, err := mail.transport()
	if err != nil {
		return nil, err
	}
	metrics := newMessageMetrics(s.registry)
	sender, err := notify.NewSender(notify.Config{
		Pool: s.db, Sealer: s.sealer, From: mail.MailFrom, BaseURL: s.base.String(), Log: s.log,
		Transports: map[catalog.Channel]notify.Transport{catalog.ChannelEmail: transport},
		Rates:      map[catalog.Channel]float64{catalog.ChannelEmail: mail.MailRate},
		Caps:       notify.Caps{Codes: mail.CodesADay, Others: mail.OthersADay},
		Observe:    metrics.observe,
	})
	if err != nil {
		return nil, err
	}
	s.registry.MustRegister(outboxCollector{sender.Backlog})
	return sender, nil
}

// messageDeps joins the API to the outbox.
func (s *server) messageDeps(d *catalogapi.Deps) {
	if bounces := s.config.Mail.bounces(); bounces != nil {
		d.ReadBounces = bounces.Read
	}
	d.BuiltInTexts = notify.BuiltIns()
	d.PreviewText = func(t catalog.MessageText, values map[string]string) (catalogapi.TextPreview, error) {
		out, err := notify.Preview(t, values)
		return catalogapi.TextPreview{Subject: out.Subject, Text: out.Text, HTML: out.HTML}, err
	}
}
