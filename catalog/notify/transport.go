package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	mail "github.com/wneessen/go-mail"
)

// Mail is a rendered message.
type Mail struct {
	ID       string // becomes the Message-ID
	From, To string
	Subject  string
	Text     string // text/plain
	HTML     string // text/html
}

// Transport hands mails over. Send returns nil only when the mail is safe with
// the next server, or on disk. Sending the same ID twice must be harmless.
type Transport interface {
	Send(ctx context.Context, m Mail) error
}

// compose makes the MIME message (RFC 5322, multipart/alternative).
func compose(m Mail) (*mail.Msg, error) {
	message := mail.NewMsg(mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent())
	if err := message.From(m.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := message.To(m.To); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	message.Subject(m.Subject)
	message.SetDateWithValue(time.Now())
	message.SetMessageIDWithValue(m.ID + "@rounds")
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	return message, nil
}

// Dir is a Transport that writes each mail to a folder as one .eml file, for
// installations without a mail server. Files appear whole or not at all.
type Dir struct{ Path string }

// Send implements Transport.
func (d Dir) Send(_ context.Context, m Mail) (err error) {
	message, err := compose(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.Path, 0o700); err != nil {
		return fmt.Errorf("mail folder: %w", err)
	}
	file, err := os.CreateTemp(d.Path, ".mail-*") // 0600
	if err != nil {
		return fmt.Errorf("mail folder: %w", err)
	}
	_, err = message.WriteTo(file)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(d.Path, m.ID+".eml"))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// SMTP is a Transport over a mail server.
type SMTP struct{ client *mail.Client }

// NewSMTP takes smtp://user:password@host:port (STARTTLS is required) or
// smtps://… (TLS from the first byte). With smtp://…?tls=off nothing is
// encrypted; that is for a relay on the same machine.
func NewSMTP(address string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("not of the form smtp://user:password@host:port or smtps://…")
	}
	options := []mail.Option{mail.WithTimeout(sendTimeout / 2), mail.WithTLSPolicy(mail.TLSMandatory)}
	switch {
	case u.Scheme == "smtps":
		options = append(options, mail.WithSSL())
	case u.Query().Get("tls") == "off":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		options = append(options, mail.WithPort(port))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	client, err := mail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("mail client: %w", err)
	}
	return &SMTP{client: client}, nil
}

// Send implements Transport, over a connection of its own.
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	message, err := compose(m)
	if err != nil {
		return err
	}
	return s.client.DialAndSendWithContext(ctx, message)
}
