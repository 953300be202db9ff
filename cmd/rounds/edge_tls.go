package main

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// tlsConfig is how the edge speaks TLS: by itself where nothing before it does.
type tlsConfig struct {
	CertFile       string `name:"tls-cert-file" type:"existingfile" env:"ROUNDS_TLS_CERT_FILE" help:"Certificate chain (PEM) to serve https with; a new one is taken up without a restart. Without it and ROUNDS_ACME_DIR the edge serves http."`
	KeyFile        string `name:"tls-key-file" type:"existingfile" env:"ROUNDS_TLS_KEY_FILE" help:"Private key of ROUNDS_TLS_CERT_FILE (PEM)."`
	ACMEDir        string `name:"acme-dir" env:"ROUNDS_ACME_DIR" help:"Folder to keep certificates in that are got and renewed by ACME (RFC 8555) for the host of ROUNDS_BASE_URL. You agree to the terms of the authority by setting it."`
	ACMEEmail      string `name:"acme-email" env:"ROUNDS_ACME_EMAIL" help:"Address that the ACME authority may write to."`
	ACMEURL        string `name:"acme-url" env:"ROUNDS_ACME_URL" help:"Directory of the ACME authority; empty: Let's Encrypt."`
	RedirectListen string `env:"ROUNDS_REDIRECT_LISTEN" help:"Address to serve http on that leads to ROUNDS_BASE_URL and answers ACME's questions; empty: none."`
}

// build returns what to serve https with, nil for http, and the handler of the
// plain port.
func (c tlsConfig) build(base *url.URL) (*tls.Config, http.Handler, error) {
	redirect := http.Handler(toBase(base))
	switch {
	case (c.CertFile == "") != (c.KeyFile == ""):
		return nil, nil, fmt.Errorf("ROUNDS_TLS_CERT_FILE and ROUNDS_TLS_KEY_FILE: give both or none")
	case c.CertFile != "" && c.ACMEDir != "":
		return nil, nil, fmt.Errorf("ROUNDS_TLS_CERT_FILE and ROUNDS_ACME_DIR: give one of them")
	case c.CertFile == "" && c.ACMEDir == "":
		return nil, redirect, nil
	case base.Scheme != "https":
		return nil, nil, fmt.Errorf("ROUNDS_BASE_URL: %s is not https, but there is to be a certificate", base)
	case c.ACMEDir != "":
		manager := &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(c.ACMEDir), HostPolicy: autocert.HostWhitelist(base.Hostname()), Email: c.ACMEEmail,
			Client: &acme.Client{DirectoryURL: cmp.Or(c.ACMEURL, autocert.DefaultACMEDirectory)},
		}
		config := manager.TLSConfig()
		config.MinVersion = tls.VersionTLS12
		return config, manager.HTTPHandler(redirect), nil
	}
	files := &certificateFiles{cert: c.CertFile, key: c.KeyFile}
	if _, err := files.get(nil); err != nil {
		return nil, nil, fmt.Errorf("ROUNDS_TLS_CERT_FILE: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: files.get, NextProtos: []string{"h2", "http/1.1"}}, redirect, nil
}

// toBase leads to the same path of the service's address.
func toBase(base *url.URL) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		target := *base
		target.Path, target.RawPath, target.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect) //nolint:gosec // the host is ours
	}
}

// certificateFiles is a certificate that somebody else renews.
type certificateFiles struct {
	cert, key string

	mu      sync.Mutex
	loaded  *tls.Certificate
	changed time.Time // of the certificate's file when it was loaded
}

// get returns the certificate, read again when its file has changed. While the
// new pair does not fit together the old one is served.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.cert)
	if err == nil && (f.loaded == nil || !info.ModTime().Equal(f.changed)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(f.cert, f.key); err == nil {
			f.loaded, f.changed = &pair, info.ModTime()
		}
	}
	if f.loaded == nil {
		return nil, err
	}
	return f.loaded, nil
}
