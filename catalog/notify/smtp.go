package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	// smtpConnections is how many connections of one process are kept open.
	smtpConnections = 8
	// smtpIdle is how long: servers hang up on the idle after some minutes (RFC
	// 5321 section 4.5.3.2.7 wants five).
	smtpIdle = time.Minute
)

// SMTP is a Transport over a mail server. Connections are used again: setting
// one up takes longer than a mail.
type SMTP struct {
	client *mail.Client
	idle   chan smtpConnection
}

type smtpConnection struct {
	client *smtp.Client
	since  time.Time
}

// NewSMTP takes smtp://user:password@host:port (STARTTLS is required) or
// smtps://… (TLS from the first byte). With smtp://…?tls=off nothing is
// encrypted; that is for a relay on the same machine. roots, when not nil, are
// the authorities to trust in place of the machine's.
func NewSMTP(address string, roots *x509.CertPool) (*SMTP, error) {
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
	if roots != nil {
		options = append(options, mail.WithTLSConfig(&tls.Config{ServerName: u.Hostname(), RootCAs: roots, MinVersion: tls.VersionTLS12}))
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
	return &SMTP{client: client, idle: make(chan smtpConnection, smtpConnections)}, nil
}

// Repeatable implements Transport: the Message-ID is ours.
func (*SMTP) Repeatable() bool { return true }

// Send implements Transport.
func (s *SMTP) Send(ctx context.Context, m Outgoing) (string, error) {
	message, err := composeMail(m)
	if err != nil {
		return "", err
	}
	connection, err := s.connect(ctx)
	if err != nil {
		return "", fmt.Errorf("connect to the mail server: %w", err)
	}
	err = s.client.SendWithSMTPClient(connection, message)
	if err == nil {
		s.keep(connection)
		return "", nil
	}
	_ = s.client.CloseWithSMTPClient(connection) // whatever state it is in
	if message.IsDelivered() {
		return "", nil // it was taken; what failed was tidying up after it
	}
	return "", judgeSMTP(err)
}

// connect returns an open connection, an idle one if it still answers.
func (s *SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	for {
		select {
		case kept := <-s.idle:
			if time.Since(kept.since) < smtpIdle && s.client.ResetWithSMTPClient(kept.client) == nil {
				return kept.client, nil
			}
			_ = s.client.CloseWithSMTPClient(kept.client) // the server may have hung up
		default:
			return s.client.DialToSMTPClientWithContext(ctx)
		}
	}
}

func (s *SMTP) keep(c *smtp.Client) {
	select {
	case s.idle <- smtpConnection{c, time.Now()}:
	default:
		_ = s.client.CloseWithSMTPClient(c) // there are enough
	}
}

// judgeSMTP turns what a server said into what follows (RFC 5321 section 4.2.1,
// RFC 3463). Only an answer to RCPT TO speaks of the address, and only some of
// those: a server that refuses our own address or network says 5xx too, and is
// asked again when that is mended.
func judgeSMTP(err error) error {
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.ErrorCode() < 400 {
		return err
	}
	code, enhanced := failed.ErrorCode(), failed.EnhancedStatusCode()
	switch {
	case code == 421 || code == 450 && strings.HasPrefix(enhanced, "4.7"):
		return &Throttle{Cause: err}
	case code < 500:
		return err
	case failed.Reason == mail.ErrSMTPRcptTo && noSuchAddress(code, enhanced):
		return &Rejection{Reason: "The mail server answered: " + err.Error(), Address: true}
	case failed.Reason == mail.ErrSMTPRcptTo && !strings.HasPrefix(enhanced, "5.7"), failed.Reason == mail.ErrSMTPDataClose && !strings.HasPrefix(enhanced, "5.7"):
		return &Rejection{Reason: "The mail server answered: " + err.Error()}
	default:
		return err
	}
}

// noSuchAddress tells whether an answer means that the mailbox does not exist or
// takes nothing.
func noSuchAddress(code int, enhanced string) bool {
	if enhanced != "" {
		return strings.HasPrefix(enhanced, "5.1.") || strings.HasPrefix(enhanced, "5.2.1")
	}
	return slices.Contains([]int{550, 551, 553}, code)
}
