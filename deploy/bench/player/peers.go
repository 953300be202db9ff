package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// own is the folder of this program's sources.
const own = "deploy/bench/player"

// servePeers serves the peers' pages under /peers/ and passes everything else
// to the edge, as if it had been asked itself. It returns its own address.
func servePeers(ctx context.Context, edge string) (string, error) {
	upstream, err := url.Parse(edge)
	if err != nil {
		return "", err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /peers/", peerFile)
	mux.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(upstream) // sets the Host too: signatures name it
		r.Out.Header.Set("Origin", edge)
	}})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String()) // an address of ours
	return "http://localhost:" + port, nil
}

// peerFile serves a page of ours or a file of a package, with its brotli copy
// where there is one: prepared by compressPeers.
func peerFile(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/peers/")
	file := filepath.Join(own, "peers", name)
	if !exists(file) {
		file = filepath.Join(own, "node_modules", name)
	}
	if exists(file + ".br") {
		w.Header().Set("Content-Encoding", "br")
		w.Header().Set("Content-Type", map[string]string{".css": "text/css", ".js": "text/javascript"}[path.Ext(name)])
		file += ".br"
	}
	body, err := os.Open(file) //nolint:gosec // G304: a name below two folders of ours
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer body.Close() //nolint:errcheck // it is only read
	if w.Header().Get("Content-Type") == "" {
		http.ServeContent(w, r, name, time.Time{}, body)
		return
	}
	_, _ = io.Copy(w, body)
}

func exists(file string) bool {
	_, err := os.Stat(file) //nolint:gosec // G703: a name below two folders of ours
	return err == nil
}

// installPeers fetches the peers at their pinned versions and compresses what
// their pages load as well as a content network would.
func installPeers(ctx context.Context) error {
	if err := command(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund", "--prefix", own); err != nil {
		return err
	}
	return command(ctx, "node", "--input-type=module", "-e", compress,
		"hls.js/dist/hls.min.js", "video.js/dist/video.min.js", "video.js/dist/video-js.min.css", "shaka-player/dist/shaka-player.ui.js", "shaka-player/dist/controls.css")
}

const compress = `import { readFileSync, writeFileSync } from "node:fs"; import zlib from "node:zlib";
for (const name of process.argv.slice(1)) { const f = "` + own + `/node_modules/" + name; writeFileSync(f + ".br", zlib.brotliCompressSync(readFileSync(f))); }`

func command(ctx context.Context, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...) //nolint:gosec // G204: commands of ours
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, args[0], err, out)
	}
	return nil
}
