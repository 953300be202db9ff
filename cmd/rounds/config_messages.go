package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/riverqueue/river/rivertype"

	"rounds/catalog"
	"rounds/catalog/catalogapi"
	"rounds/catalog/identity"
	"rounds/catalog/notify"
	"rounds/transcode/jobs"
)

// mailConfig says how mail leaves.
type mailConfig struct {
	MailDir    string  `env:"ROUNDS_MAIL_DIR" help:"Folder that gets each mail as an .eml file when no mail server is given."`
	SMTPURL    string  `name:"smtp-url" env:"ROUNDS_SMTP_URL" help:"Mail server: smtp://user:password@host:port (STARTTLS) or smtps://…; give it by environment."`
	SMTPFile   string  `name:"smtp-url-file" env:"ROUNDS_SMTP_URL_FILE" help:"File that holds the address of the mail server, in place of ROUNDS_SMTP_URL."`
	SMTPCAFile string  `name:"smtp-ca-file" env:"ROUNDS_SMTP_CA_FILE" help:"Certificates (PEM) of the authority of the mail server, where the machine does not know it."`
	MailFrom   string  `default:"Rounds <no-reply@localhost>" env:"ROUNDS_MAIL_FROM" help:"Sender of all mail."`
	MailRate   float64 `default:"100" env:"ROUNDS_MAIL_RATE" help:"Mails a second that all processes together hand over at most; codes go first. 0: any number."`
	SESRegion  string  `name:"ses-region" env:"ROUNDS_SES_REGION" help:"AWS region of Amazon SES, which then takes all mail; credentials come from the AWS default chain. Empty: not used."`
	SESSet     string  `name:"ses-configuration-set" env:"ROUNDS_SES_CONFIGURATION_SET" help:"Configuration set of Amazon SES."`
	SESTopic   string  `name:"ses-topic" env:"ROUNDS_SES_TOPIC" help:"ARN of the Amazon SNS topic that tells of bounces and complaints, posted to /v1/inbound/ses; empty: that address answers 404."`
	CodesADay  int     `name:"codes-a-day" default:"40" env:"ROUNDS_CODES_A_DAY" help:"One-time codes that an address is sent within 24 hours; 0: any number."`
	OthersADay int     `name:"messages-a-day" default:"50" env:"ROUNDS_MESSAGES_A_DAY" help:"Other messages that an address is sent within 24 hours, the rest waits; 0: any number."`
}

// transport is what takes mail.
func (c mailConfig) transport(ctx context.Context) (notify.Transport, error) {
	address, err := secretOf("ROUNDS_SMTP_URL", c.SMTPURL, c.SMTPFile)
	if err != nil {
		return nil, err
	}
	switch {
	case c.SESRegion != "":
		config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(c.SESRegion))
		if err != nil {
			return nil, fmt.Errorf("ROUNDS_SES_REGION: %w", err)
		}
		return notify.NewSES(config, c.SESSet), nil
	case address != "":
		roots, err := c.authority()
		if err != nil {
			return nil, err
		}
		transport, err := notify.NewSMTP(address, roots)
		if err != nil {
			return nil, fmt.Errorf("ROUNDS_SMTP_URL: %w", err)
		}
		return transport, nil
	case c.MailDir != "":
		return notify.Dir{Path: c.MailDir}, nil
	default:
		return nil, fmt.Errorf("ROUNDS_MAIL_DIR, ROUNDS_SMTP_URL or ROUNDS_SES_REGION: give one, or nobody can sign in")
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
func (c mailConfig) bounces() *notify.SNS {
	if c.SESTopic == "" {
		return nil
	}
	return &notify.SNS{Topic: c.SESTopic, HTTP: httpsClient()}
}

// secretOf is a secret that is given by environment or by a file.
func secretOf(name, value, file string) (string, error) {
	if file == "" {
		return value, nil
	}
	if value != "" {
		return "", fmt.Errorf("%s and %s_FILE: give one of both", name, name)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// phoneConfig says how messages reach telephones.
type phoneConfig struct {
	SMSRegion            string   `name:"sms-region" env:"ROUNDS_SMS_REGION" help:"AWS region of End User Messaging, which sends SMS; credentials come from the AWS default chain. Empty: none are sent."`
	SMSOrigin            string   `name:"sms-origin" env:"ROUNDS_SMS_ORIGIN" help:"Number, sender id or pool that SMS come from; empty: what the AWS account has for the country."`
	SMSSet               string   `name:"sms-configuration-set" env:"ROUNDS_SMS_CONFIGURATION_SET" help:"Configuration set of AWS End User Messaging."`
	SMSCountries         []string `name:"sms-countries" env:"ROUNDS_SMS_COUNTRIES" help:"Countries, e.g. IN,PT, that SMS are sent to; the rest gets mail."`
	SMSApprovedCountries []string `name:"sms-approved-countries" default:"IN" env:"ROUNDS_SMS_APPROVED_COUNTRIES" help:"Countries to which only approved texts are sent."`
	SMSEntity            string   `name:"sms-dlt-entity" env:"ROUNDS_SMS_DLT_ENTITY" help:"Id of the sender in the Indian DLT registry."`
	SMSTopic             string   `name:"sms-topic" env:"ROUNDS_SMS_TOPIC" help:"ARN of the Amazon SNS topic that tells what became of SMS, posted to /v1/inbound/sms; empty: that address answers 404."`
	SMSRate              float64  `name:"sms-rate" default:"20" env:"ROUNDS_SMS_RATE" help:"SMS a second that all processes together hand over at most; 0: any number."`
	WhatsAppPhone        string   `name:"whatsapp-phone-id" env:"ROUNDS_WHATSAPP_PHONE_ID" help:"Id of the WhatsApp number that messages come from; empty: none are sent."`
	WhatsAppToken        string   `name:"whatsapp-token" env:"ROUNDS_WHATSAPP_TOKEN" help:"Access token of WhatsApp's Cloud API; give it by environment or file."`
	WhatsAppFile         string   `name:"whatsapp-token-file" env:"ROUNDS_WHATSAPP_TOKEN_FILE" help:"File that holds the access token."`
	WhatsAppURL          string   `name:"whatsapp-url" default:"https://graph.facebook.com/v23.0" env:"ROUNDS_WHATSAPP_URL" help:"Address of the Cloud API."`
	WhatsAppSecret       string   `name:"whatsapp-app-secret" env:"ROUNDS_WHATSAPP_APP_SECRET" help:"App secret that signs what WhatsApp posts to /v1/inbound/whatsapp; give it by environment or file. Empty: that address answers 404."`
	WhatsAppSecretFile   string   `name:"whatsapp-app-secret-file" env:"ROUNDS_WHATSAPP_APP_SECRET_FILE" help:"File that holds the app secret."`
	WhatsAppVerify       string   `name:"whatsapp-verify-token" env:"ROUNDS_WHATSAPP_VERIFY_TOKEN" help:"Token of your choice that WhatsApp sends when the address is entered there."`
	WhatsAppRate         float64  `name:"whatsapp-rate" default:"80" env:"ROUNDS_WHATSAPP_RATE" help:"WhatsApp messages a second that all processes together hand over at most; 0: any number."`
}

// rules say which channels there are.
func (c phoneConfig) rules() catalog.ChannelRules {
	return catalog.ChannelRules{
		SMS: c.SMSRegion != "", WhatsApp: c.WhatsAppPhone != "", SMSCountries: c.SMSCountries, ApprovedCountries: c.SMSApprovedCountries,
		CountryOf: notify.PhoneCountry,
	}
}

// addTo adds the transports that are set up.
func (c phoneConfig) addTo(ctx context.Context, transports map[catalog.Channel]notify.Transport) error {
	for _, country := range append(c.SMSCountries, c.SMSApprovedCountries...) {
		if valid, err := identity.Country(country); err != nil || valid != country {
			return fmt.Errorf("ROUNDS_SMS_COUNTRIES, ROUNDS_SMS_APPROVED_COUNTRIES: %q is not a country's code in capitals", country)
		}
	}
	if c.SMSRegion != "" {
		config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(c.SMSRegion))
		if err != nil {
			return fmt.Errorf("ROUNDS_SMS_REGION: %w", err)
		}
		transports[catalog.ChannelSMS] = notify.NewSMS(notify.SMSConfig{AWS: config, Origin: c.SMSOrigin, ConfigurationSet: c.SMSSet, IndianEntity: c.SMSEntity})
	}
	if _, err := c.hook(); err != nil || c.WhatsAppPhone == "" {
		return err
	}
	token, err := secretOf("ROUNDS_WHATSAPP_TOKEN", c.WhatsAppToken, c.WhatsAppFile)
	if err == nil && token == "" {
		err = fmt.Errorf("ROUNDS_WHATSAPP_TOKEN or ROUNDS_WHATSAPP_TOKEN_FILE: give one, ROUNDS_WHATSAPP_PHONE_ID is set")
	}
	transports[catalog.ChannelWhatsApp] = notify.NewWhatsApp(notify.WhatsAppConfig{
		Client: httpsClient(), URL: strings.TrimSuffix(c.WhatsAppURL, "/"), PhoneNumberID: c.WhatsAppPhone, Token: token,
	})
	return err
}

// receipts reads what AWS tells of SMS, or is nil.
func (c phoneConfig) receipts() *notify.SNS {
	if c.SMSTopic == "" {
		return nil
	}
	return &notify.SNS{Topic: c.SMSTopic, HTTP: httpsClient()}
}

// hook reads what WhatsApp tells, or is nil.
func (c phoneConfig) hook() (*catalogapi.WhatsAppHook, error) {
	secret, err := secretOf("ROUNDS_WHATSAPP_APP_SECRET", c.WhatsAppSecret, c.WhatsAppSecretFile)
	if err != nil || secret == "" {
		return nil, err
	}
	if c.WhatsAppVerify == "" {
		return nil, errors.New("ROUNDS_WHATSAPP_VERIFY_TOKEN: choose one, ROUNDS_WHATSAPP_APP_SECRET is set")
	}
	h := notify.WhatsAppHook{AppSecret: secret, VerifyToken: c.WhatsAppVerify}
	return &catalogapi.WhatsAppHook{Receipts: h.Receipts, Challenge: h.Challenge}, nil
}

// httpsClient asks services that lead nowhere else.
func httpsClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// sending joins the outbox to its channels.
func (s *server) sending(ctx context.Context) (*notify.Sender, error) {
	mail, phone := s.config.Mail, s.config.Phone
	transport, err := mail.transport(ctx)
	if err != nil {
		return nil, err
	}
	transports := map[catalog.Channel]notify.Transport{catalog.ChannelEmail: transport}
	if err := phone.addTo(ctx, transports); err != nil {
		return nil, err
	}
	metrics := newMessageMetrics(s.registry)
	sender, err := notify.NewSender(notify.Config{
		Pool: s.db, Sealer: s.sealer, From: mail.MailFrom, BaseURL: s.base.String(), Say: sayIn, Log: s.log, Transports: transports, Rules: phone.rules(),
		Rates: map[catalog.Channel]float64{catalog.ChannelEmail: mail.MailRate, catalog.ChannelSMS: phone.SMSRate, catalog.ChannelWhatsApp: phone.WhatsAppRate},
		Caps:  notify.Caps{Codes: mail.CodesADay, Others: mail.OthersADay}, Observe: metrics.observe,
		Middleware: []rivertype.Middleware{jobs.Carrying(s.trace, countJobs(s.registry))},
	})
	if err != nil {
		return nil, err
	}
	s.registry.MustRegister(backlogOfMessages(sender.Backlog))
	return sender, nil
}

// messageDeps joins the API to the outbox.
func (s *server) messageDeps(d *catalogapi.Deps) {
	if bounces := s.config.Mail.bounces(); bounces != nil {
		d.ReadBounces = bounces.Bounces
	}
	if receipts := s.config.Phone.receipts(); receipts != nil {
		d.ReadSMSReceipts = receipts.Receipts
	}
	d.WhatsApp, _ = s.config.Phone.hook() // addTo has refused settings that are wrong
	d.Channels = s.config.Phone.rules()
	d.Webhooks = s.webhookDeps()
	d.BuiltInTexts = notify.BuiltIns()
	d.PreviewText = func(t catalog.MessageText, values map[string]string) (catalogapi.TextPreview, error) {
		out, err := notify.Preview(t, values)
		return catalogapi.TextPreview{Subject: out.Subject, Text: out.Text, HTML: out.HTML}, err
	}
}
