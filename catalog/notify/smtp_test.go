package notify

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
)

// mailServer is a mail server of its own in this process: it speaks SMTP with
// STARTTLS and PLAIN, and answers what the test says.
type mailServer struct {
	t     *testing.T
	net   net.Listener
	tls   *tls.Config
	roots *x509.CertPool

	mu       sync.Mutex
	answers  map[string]string // by the verb, in place of the usual one
	hangUp   string            // after this verb the line is dead
	accepted int               // connections
	mails    []received
}

// received is what one client handed over.
type received struct {
	encrypted      bool
	user, from, to string
	data           string
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	certificate, roots := selfSigned(t)
	s := &mailServer{t: t, tls: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, roots: roots, answers: map[string]string{}}
	var err error
	if s.net, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := s.net.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.accepted++
			s.mu.Unlock()
			open.Go(func() { s.talk(c) })
		}
	})
	t.Cleanup(func() { _ = s.net.Close() })
	return s
}

func (s *mailServer) answer(verb, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[verb] = line
}

func (s *mailServer) url() string { return "smtp://rounds:s3cret@" + s.net.Addr().String() }

// talk is one connection.
func (s *mailServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	in, mail := bufio.NewReader(c), received{}
	say := func(line string) { _, _ = fmt.Fprintf(c, "%s\r\n", line) }
	say("220 mail.test ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0])
		s.mu.Lock()
		other, replaced := s.answers[verb]
		dead := s.hangUp == verb
		s.mu.Unlock()
		if dead {
			return
		}
		if replaced {
			say(other)
			continue
		}
		switch verb {
		case "EHLO":
			say("250-mail.test")
			if !mail.encrypted {
				say("250-STARTTLS")
			} else {
				say("250-AUTH PLAIN")
			}
			say("250 ENHANCEDSTATUSCODES")
		case "STARTTLS":
			say("220 go ahead")
			encrypted := tls.Server(c, s.tls)
			if encrypted.HandshakeContext(context.Background()) != nil {
				return
			}
			c, in, mail.encrypted = encrypted, bufio.NewReader(encrypted), true
		case "AUTH":
			plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "AUTH PLAIN "))
			mail.user = strings.ReplaceAll(strings.Trim(string(plain), "\x00"), "\x00", ":")
			say("235 2.7.0 welcome")
		case "MAIL":
			mail.from = line
			say("250 2.1.0 ok")
		case "RCPT":
			mail.to = line
			say("250 2.1.5 ok")
		case "DATA":
			say("354 go on")
			mail.data = ""
			for {
				text, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if text == ".\r\n" {
					break
				}
				mail.data += text
			}
			s.mu.Lock()
			s.mails = append(s.mails, mail)
			other, replaced := s.answers["."]
			s.mu.Unlock()
			if replaced {
				say(other)
				continue
			}
			say("250 2.0.0 queued as 1")
		case "QUIT":
			say("221 bye")
			return
		default: // NOOP, RSET
			say("250 ok")
		}
	}
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func mailOf(id string) Outgoing {
	return Outgoing{ID: id, Channel: catalog.ChannelEmail, From: "Rounds <no-reply@example.org>", To: "dr@example.org", Subject: "Grüße", Text: "123456\n", HTML: "<p>123456</p>"}
}

// TestSMTP: a mail is handed over encrypted and by name, connections are used
// again, and one that the server has closed meanwhile does no harm.
func TestSMTP(t *testing.T) {
	t.Parallel()
	server := newMailServer(t)
	transport, err := NewSMTP(server.url(), server.roots)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"msg_1", "msg_2"} {
		if _, err := transport.Send(t.Context(), mailOf(id)); err != nil {
			t.Fatal(err)
		}
	}
	server.mu.Lock()
	mails, accepted := server.mails, server.accepted
	server.hangUp = "RSET" // the server has lost patience with the idle connection
	server.mu.Unlock()
	if len(mails) != 2 || accepted != 1 {
		t.Fatalf("%d mails over %d connections", len(mails), accepted)
	}
	if m := mails[0]; !m.encrypted || m.user != "rounds:s3cret" || !strings.Contains(m.from, "<no-reply@example.org>") || !strings.Contains(m.to, "<dr@example.org>") ||
		!strings.Contains(m.data, "Message-ID: <msg_1@rounds>") || !strings.Contains(m.data, "multipart/alternative") {
		t.Errorf("handed over %+v", m)
	}
	if _, err := transport.Send(t.Context(), mailOf("msg_3")); err != nil {
		t.Errorf("after the connection was closed, and with a mail that was taken before it was: %v", err)
	}
}

// TestSMTPRefusals: what a server says decides what follows.
func TestSMTPRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ verb, line, want string }{
		{"RCPT", "550 5.1.1 no such user", "address"},
		{"RCPT", "550 5.2.1 mailbox disabled", "address"},
		{"RCPT", "550 5.7.1 your network is blocked", "again"},
		{"RCPT", "552 5.2.2 mailbox full", "never"},
		{"RCPT", "450 4.2.1 greylisted", "again"},
		{"RCPT", "421 4.7.0 too many connections", "slower"},
		{"MAIL", "550 5.1.8 sender refused", "again"},
		{".", "554 5.6.0 message refused", "never"},
		{".", "554 5.7.1 spam", "again"},
		{".", "451 4.3.0 disk full", "again"},
		{"AUTH", "535 5.7.8 wrong password", "again"},
		{"EHLO", "502 what", "again"},
	} {
		t.Run(c.verb+" "+c.line, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t)
			server.answer(c.verb, c.line)
			transport, err := NewSMTP(server.url(), server.roots)
			if err != nil {
				t.Fatal(err)
			}
			_, err = transport.Send(t.Context(), mailOf("msg_1"))
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Fatalf("error %v", err)
			}
			if got := verdictOf(err); got != c.want {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
}

// verdictOf is what a transport's error means for the message.
func verdictOf(err error) string {
	if r, ok := rejected(err); ok {
		if r.Address {
			return "address"
		}
		return "never"
	}
	if _, ok := throttled(err); ok {
		return "slower"
	}
	if unsure := (*Unsure)(nil); errors.As(err, &unsure) {
		return "unsure"
	}
	return "again"
}

// TestSMTPWantsEncryption: nothing is said to a server that cannot encrypt, or
// whose certificate nobody vouches for.
func TestSMTPWantsEncryption(t *testing.T) {
	t.Parallel()
	server := newMailServer(t)
	stranger, err := NewSMTP(server.url(), x509.NewCertPool())
	if err != nil {
		t.Fatal(err)
	}
	plain := newMailServer(t)
	plain.answer("EHLO", "250 mail.test")
	unencrypted, err := NewSMTP(plain.url(), plain.roots)
	if err != nil {
		t.Fatal(err)
	}
	for name, transport := range map[string]*SMTP{"unknown certificate": stranger, "no STARTTLS": unencrypted} {
		if _, err := transport.Send(t.Context(), mailOf("msg_1")); err == nil || verdictOf(err) != "again" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(server.mails)+len(plain.mails) > 0 {
		t.Error("a mail was handed over")
	}
}

func TestSMTPAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"smtp://user:pw@mail.example.org:587", "smtps://mail.example.org", "smtp://127.0.0.1:25?tls=off"} {
		if _, err := NewSMTP(good, nil); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "mail.example.org:25", "http://user:pw@mail.example.org"} {
		if _, err := NewSMTP(bad, nil); err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
