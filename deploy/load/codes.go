package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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

// lookEvery is how often the folder is looked through. Doing so at each question
// would take a processor for itself at 87 codes a second.
const lookEvery = 50 * time.Millisecond

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
	go c.look(ctx)
	return "http://" + listener.Addr().String(), nil
}

func (c *codes) look(ctx context.Context) {
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			_ = c.read() // it may be there the next time
		}
	}
}

func (c *codes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	code := c.of[r.URL.Query().Get("email")]
	c.mu.Unlock()
	if code == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(code))
}

// read takes note of the mails that came since, and removes those to doctors of
// scenarios: the folder would grow by thousands.
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
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return err
	}
	to, err := mail.ParseAddress(m.Header.Get("To"))
	if err != nil {
		return err
	}
	if found := sixDigits.FindSubmatch(text); found != nil {
		c.mu.Lock()
		c.of[to.Address] = string(found[1])
		c.mu.Unlock()
	}
	if strings.HasPrefix(to.Address, "load-") || strings.HasPrefix(to.Address, "spot-") {
		return os.Remove(path)
	}
	return nil
}
