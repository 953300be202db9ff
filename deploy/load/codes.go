package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// codes gives scenarios the one-time codes that the service has mailed: k6
// cannot read a folder while it runs. It listens on loopback only.
type codes struct {
	dir  string
	mu   sync.Mutex
	seen map[string]bool   // files
	of   map[string]string // newest code by address
}

// sixDigits are alone on a line of the mail's plain text.
var sixDigits = regexp.MustCompile(`(?m)^(\d{6})\r?$`)

// serveCodes answers GET /?email=… with the code, or 404 while there is none,
// until ctx ends. It returns its address.
func serveCodes(ctx context.Context, dir string) (string, error) {
	c := &codes{dir: dir, seen: map[string]bool{}, of: map[string]string{}}
	if err := c.read(); err != nil && !errors.Is(err, fs.ErrNotExist) { // what lies there already is old
		return "", err
	}
	clear(c.of)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // ends with ctx
	return "http://" + listener.Addr().String(), nil
}

func (c *codes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	email := r.URL.Query().Get("email")
	if c.of[email] == "" {
		_ = c.read() // it may be there the next time
	}
	if c.of[email] == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(c.of[email]))
}

// read takes note of the mails that came since.
func (c *codes) read() error {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if name := file.Name(); filepath.Ext(name) == ".eml" && !c.seen[name] {
			c.seen[name] = true
			if err := c.readMail(filepath.Join(c.dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *codes) readMail(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	m, err := mail.ReadMessage(f)
	if err != nil {
		return err
	}
	to, err := mail.ParseAddress(m.Header.Get("To"))
	if err != nil {
		return err
	}
	if found := sixDigits.FindSubmatch(text); found != nil {
		c.of[to.Address] = string(found[1])
	}
	return nil
}
