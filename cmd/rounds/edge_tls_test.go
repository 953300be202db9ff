package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCertificateIsRenewedWhileServing puts another certificate in the place of
// the first, as renewing it does: the next connection gets it. A certificate
// without its key changes nothing.
func TestCertificateIsRenewedWhileServing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := tlsConfig{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	writeCertificate(t, c, 1, time.Now().Add(-2*time.Hour))
	base := &url.URL{Scheme: "https", Host: "learn.example.org"}
	secure, _, err := c.build(base)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Listener = tls.NewListener(server.Listener, secure)
	server.Start()
	t.Cleanup(server.Close)
	if got := serialOf(t, server); got != 1 {
		t.Errorf("certificate %d is served first", got)
	}
	writeCertificate(t, c, 2, time.Now().Add(-time.Hour))
	if got := serialOf(t, server); got != 2 {
		t.Errorf("certificate %d is served after the renewal", got)
	}
	if err := os.WriteFile(c.CertFile, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serialOf(t, server); got != 2 {
		t.Errorf("certificate %d is served while the new one is being written", got)
	}
	old := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}} //nolint:gosec // it has to be refused
	if _, err := old.DialContext(t.Context(), "tcp", server.Listener.Addr().String()); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}

func TestTLSSettingsThatDoNotFit(t *testing.T) {
	t.Parallel()
	secure, plain := &url.URL{Scheme: "https", Host: "learn.example.org"}, &url.URL{Scheme: "http", Host: "localhost:8080"}
	for name, c := range map[string]struct {
		config tlsConfig
		base   *url.URL
		want   string
	}{
		"certificate without key":  {tlsConfig{CertFile: "c.pem"}, secure, "ROUNDS_TLS_KEY_FILE"},
		"two ways":                 {tlsConfig{CertFile: "c.pem", KeyFile: "k.pem", ACMEDir: "d"}, secure, "ROUNDS_ACME_DIR"},
		"cookies without Secure":   {tlsConfig{ACMEDir: "d"}, plain, "ROUNDS_BASE_URL"},
		"certificate is not there": {tlsConfig{CertFile: "/none/c.pem", KeyFile: "/none/k.pem"}, secure, "ROUNDS_TLS_CERT_FILE"},
	} {
		if _, _, err := c.config.build(c.base); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s named", name, err, c.want)
		}
	}
	if config, _, err := (tlsConfig{}).build(plain); config != nil || err != nil {
		t.Errorf("without settings: %v, %v", config, err)
	}
	config, _, err := tlsConfig{ACMEDir: t.TempDir()}.build(secure)
	if err != nil || config.MinVersion != tls.VersionTLS12 || config.GetCertificate == nil {
		t.Fatalf("ACME: %+v, %v", config, err)
	}
	if _, err := config.GetCertificate(&tls.ClientHelloInfo{ServerName: "evil.example"}); err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("a certificate for another host: %v", err)
	}
}

// TestPlainPortLeadsToHTTPS: no path gets lost, and no other host is led to.
func TestPlainPortLeadsToHTTPS(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	toBase(&url.URL{Scheme: "https", Host: "learn.example.org"})(answer, httptest.NewRequest(http.MethodGet, "http://evil.example/webinars/web_1?t=3", nil))
	if got := answer.Header().Get("Location"); answer.Code != http.StatusPermanentRedirect || got != "https://learn.example.org/webinars/web_1?t=3" {
		t.Errorf("%d to %q", answer.Code, got)
	}
}

// serialOf returns the serial number of the certificate that a new connection gets.
func serialOf(t *testing.T, server *httptest.Server) int64 {
	t.Helper()
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // it signed itself
	connection, err := dialer.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	return connection.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// writeCertificate writes a pair, changed at a time.
func writeCertificate(t *testing.T, c tlsConfig, serial int64, at time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"learn.example.org"}, NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{c.KeyFile: {Type: "PRIVATE KEY", Bytes: private}, c.CertFile: {Type: "CERTIFICATE", Bytes: signed}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}
