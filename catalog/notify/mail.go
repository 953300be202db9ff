package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	mail "github.com/wneessen/go-mail"
)

// composeMail makes the MIME message (RFC 5322, multipart/alternative).
func composeMail(m Outgoing) (*mail.Msg, error) {
	message := mail.NewMsg(mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent())
	if err := message.From(m.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := message.To(m.To); err != nil {
		return nil, &Rejection{Reason: "This is not an address that mail can be sent to.", Address: true}
	}
	message.Subject(m.Subject)
	message.SetDateWithValue(time.Now())
	message.SetMessageIDWithValue(m.ID + "@rounds")
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	if m.Template.Locale != "" {
		message.SetGenHeader("Content-Language", m.Template.Locale) // RFC 3282
	}
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	return message, nil
}

// Dir is a Transport that writes each mail to a folder as one .eml file, for
// installations without a mail server. Files appear whole or not at all.
type Dir struct{ Path string }

// Repeatable implements Transport: the same mail is the same file.
func (Dir) Repeatable() bool { return true }

// Send implements Transport.
func (d Dir) Send(_ context.Context, m Outgoing) (_ string, err error) {
	message, err := composeMail(m)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(d.Path, 0o700); err != nil {
		return "", fmt.Errorf("mail folder: %w", err)
	}
	file, err := os.CreateTemp(d.Path, ".mail-*") // 0600
	if err != nil {
		return "", fmt.Errorf("mail folder: %w", err)
	}
	_, err = message.WriteTo(file)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(d.Path, m.ID+".eml"))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return "", err
}
