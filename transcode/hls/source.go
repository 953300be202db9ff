package hls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// Source gives access to the objects of one stream by their name below the
// folder of master.m3u8. Open returns an error that wraps fs.ErrNotExist when
// there is no such object; the caller closes what it opened.
type Source interface {
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// Lister is a Source that knows all of its objects, so that surplus ones can
// be found.
type Lister interface {
	List(ctx context.Context) ([]string, error)
}

// Dir is a stream in a folder.
type Dir string

// Open implements Source.
func (d Dir) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("open %q: outside of the stream: %w", name, fs.ErrInvalid)
	}
	return os.Open(filepath.Join(string(d), filepath.FromSlash(name)))
}

// List implements Lister: every regular file below the folder.
func (d Dir) List(context.Context) ([]string, error) {
	var names []string
	err := filepath.WalkDir(string(d), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(string(d), path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	return names, err
}

// ErrRedirect is returned by Web for an answer that redirects: media requests
// must not (Apple HLS authoring specification 8.18).
var ErrRedirect = errors.New("redirected")

// Web is a stream behind HTTP. Base ends in a slash; Header (cookies, say) is
// sent with every request; Query, of a signed URL, is appended to every name.
type Web struct {
	Base   *url.URL
	Query  string
	Header http.Header
	Client *http.Client // nil: one with a timeout of 30 s
}

// Open implements Source.
func (w Web) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	target := w.Base.JoinPath(name)
	target.RawQuery = w.Query
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	for key, values := range w.Header {
		request.Header[key] = values
	}
	answer, err := w.client().Do(request)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	if err := statusError(answer.StatusCode); err != nil {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("get %s: %s: %w", name, answer.Status, err)
	}
	return answer.Body, nil
}

func (w Web) client() *http.Client {
	client := http.Client{Timeout: 30 * time.Second}
	if w.Client != nil {
		client = *w.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

func statusError(status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusNotFound:
		return fs.ErrNotExist
	case status/100 == 3:
		return ErrRedirect
	default:
		return errors.New("unexpected status")
	}
}
