package hls

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rounds/transcode"
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

// Web is a stream behind HTTP. Base ends in a slash. Header (cookies, say) is
// sent with every request to the host of Base, never to another one. Query, of
// a signed URL, is appended to every name that has no query of its own.
type Web struct {
	Base   *url.URL
	Query  string
	Header http.Header
	Client *http.Client // nil: one with a timeout of 30 s
}

// Open implements Source.
func (w Web) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	r, _, err := w.Deliver(ctx, name, "")
	return r, err
}

// Deliver implements Deliverer.
func (w Web) Deliver(ctx context.Context, name, query string) (io.ReadCloser, Delivery, error) {
	target := w.Base.JoinPath(name)
	if isAbsolute(name) {
		var err error
		if target, err = w.Base.Parse(name); err != nil {
			return nil, Delivery{}, fmt.Errorf("get %s: %w: %w", name, fs.ErrInvalid, err)
		}
	}
	target.RawQuery = cmp.Or(query, target.RawQuery, w.Query)
	answer, err := w.get(ctx, target)
	if err != nil {
		return nil, Delivery{}, fmt.Errorf("get %s: %w", name, err)
	}
	kind := answer.Header.Get("Content-Type")
	zipped := answer.Uncompressed || answer.Header.Get("Content-Encoding") == "gzip"
	return answer.Body, Delivery{ContentType: kind, Gzip: zipped}, nil
}

// Key fetches a content key from its URI, which may be relative to Base. It is
// a Key option for Verify.
func (w Web) Key(ctx context.Context, uri string) (key transcode.ContentKey, err error) {
	target, err := w.Base.Parse(uri)
	if err != nil {
		return key, err
	}
	answer, err := w.get(ctx, target)
	if err != nil {
		return key, err
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(answer.Body, int64(len(key))+1))
	if err == nil && len(b) != len(key) {
		err = fmt.Errorf("%w: %d bytes where a key has %d", ErrDecrypt, len(b), len(key))
	}
	copy(key[:], b)
	return key, err
}

// get asks for target; the caller closes the body. The error never holds the
// query, which may be a signature.
func (w Web) get(ctx context.Context, target *url.URL) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, err
	}
	if target.Host == w.Base.Host && target.Scheme == w.Base.Scheme {
		maps.Copy(request.Header, w.Header)
	}
	answer, err := w.client().Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, err
	}
	if err := statusError(answer.StatusCode); err != nil {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("%s: %w", answer.Status, err)
	}
	return answer, nil
}

// isAbsolute tells whether a name is a URI that does not depend on where it
// was found.
func isAbsolute(name string) bool {
	return strings.HasPrefix(name, "/") || strings.Contains(name, "://")
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
