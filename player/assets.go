package player

import (
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// assets serves what esbuild wrote into dist/: manifest.json, which maps an
// entry ("player.js") to its file with the hash in its name and to the files it
// imports; and the files under assets/ with .gz and .br copies beside them.
type assets struct {
	files    fs.FS
	manifest map[string]manifestEntry
}

// manifestEntry is one line of dist/manifest.json.
type manifestEntry struct {
	File    string   `json:"file"`
	Imports []string `json:"imports"` // fetched as soon as the page is read
	Later   []string `json:"later"`   // imported when it is needed, the largest first
}

// loadAssets reads the manifest; without one the result is empty and Built is false.
func loadAssets(built fs.FS) *assets {
	a := &assets{files: built, manifest: map[string]manifestEntry{}}
	text, err := fs.ReadFile(built, "manifest.json")
	if err == nil {
		_ = json.Unmarshal(text, &a.manifest) // a broken manifest is as good as none
	}
	return a
}

// Built tells whether there are assets to serve.
func (a *assets) Built() bool { return len(a.manifest) > 0 }

// URL is the address of an entry, empty when it was not built.
func (a *assets) URL(entry string) string {
	if f := a.file(entry); f != "" {
		return "/assets/" + f
	}
	return ""
}

// Imports are the addresses of the files that an entry will import.
func (a *assets) Imports(entry string) []string {
	urls := make([]string, 0, len(a.manifest[entry].Imports))
	for _, f := range a.manifest[entry].Imports {
		urls = append(urls, "/assets/"+f)
	}
	return urls
}

// Later is the address of the largest file that an entry imports only when it
// needs it; empty when there is none.
func (a *assets) Later(entry string) string {
	if later := a.manifest[entry].Later; len(later) > 0 {
		return "/assets/" + later[0]
	}
	return ""
}

func (a *assets) file(entry string) string { return a.manifest[entry].File }

// ServeHTTP serves one file, compressed when the browser accepts it. Names
// change with contents, so browsers may keep them for a year.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := "assets/" + path.Base(r.URL.Path)
	body, encoding := a.pick(name, r.Header.Get("Accept-Encoding"))
	if body == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // G705: one of our own embedded files, never what was asked with
	}
}

// pick returns the smallest stored form of a file that accept allows.
func (a *assets) pick(name, accept string) (body []byte, encoding string) {
	for _, form := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}} {
		if form.encoding != "" && !accepts(accept, form.encoding) {
			continue
		}
		if body, err := fs.ReadFile(a.files, name+form.suffix); err == nil {
			return body, form.encoding
		}
	}
	return nil, ""
}

// accepts reads an Accept-Encoding header (RFC 9110 section 12.5.3).
func accepts(header, encoding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, weight, weighted := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		value := strings.TrimPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		q, err := strconv.ParseFloat(value, 64)
		return !weighted || (err == nil && q > 0)
	}
	return false
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
