package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/playback/cloudfront"
	"rounds/playback/edge"
)

// edgeCommand is `rounds edge`.
type edgeCommand struct {
	Site        siteConfig        `embed:""`
	Storage     storageConfig     `embed:""`
	Listen      string            `default:"127.0.0.1:8080" env:"ROUNDS_LISTEN" help:"Address to serve on."`
	AdminListen string            `env:"ROUNDS_ADMIN_LISTEN" help:"Address for /metrics; empty serves none. Never open it to the public."`
	PortsSocket string            `env:"ROUNDS_PORTS_SOCKET" help:"Unix socket of rounds ports, which holds the ports to serve on, for edges that replace each other; ROUNDS_LISTEN and ROUNDS_REDIRECT_LISTEN are its then. Empty: the edge opens its ports itself."`
	APIURL      []string          `name:"api-url" required:"" env:"ROUNDS_API_URL" help:"Where rounds serve listens, e.g. http://127.0.0.1:8081; several processes with commas between."`
	PublicKeys  map[string]string `required:"" mapsep:"," env:"ROUNDS_PUBLIC_KEYS" help:"Public keys that signatures are checked with: id=file.pem,…"`

	CacheDir   string      `env:"ROUNDS_CACHE_DIR" help:"Folder on local disk, of this process alone, that keeps media objects; empty keeps none."`
	CacheBytes int64       `default:"10737418240" env:"ROUNDS_CACHE_BYTES" help:"Most bytes of media objects in ROUNDS_CACHE_DIR."`
	Trace      traceConfig `embed:""`
	Leave      drainConfig `embed:""`
	TLS        tlsConfig   `embed:""`

	MaxConnections int `default:"32768" env:"ROUNDS_MAX_CONNECTIONS" help:"Most connections at once; further ones wait until one ends."`
}

// Run serves the front door until ctx ends, and for the drain after it.
func (c *edgeCommand) Run(ctx context.Context, log *slog.Logger) error {
	leaving := ctx.Done()
	ctx, leave := c.Leave.after(ctx)
	defer leave()
	base, err := c.Site.parse()
	if err != nil {
		return err
	}
	apis, err := c.apis()
	if err != nil {
		return err
	}
	secure, plain, err := c.TLS.build(base)
	if err != nil {
		return err
	}
	verifier, err := c.verifier()
	if err != nil {
		return err
	}
	sight, err := c.Trace.sight(ctx, "edge", log)
	if err != nil {
		return err
	}
	defer sight.close(ctx, log)
	client, err := c.Storage.client(ctx, sight.storage())
	if err != nil {
		return err
	}
	registry := sight.registry
	origin, closeOrigin, err := c.origin(edge.NewS3(client, c.Storage.MediaBucket), registry, log)
	if err != nil {
		return err
	}
	ports, err := borrowPorts(ctx, c.PortsSocket, leave)
	if err != nil {
		return errors.Join(err, closeOrigin())
	}
	front := edge.New(edge.Config{BaseURL: base, APIs: apis, Verifier: verifier, Origin: origin, Log: log})
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go front.Watch(watching)
	visitors := listener{name: "edge", address: c.Listen, handler: chain(front, accessLog(log, newHTTPMetrics(registry), sight.trace)), most: c.MaxConnections, leaving: leaving, tls: secure}
	redirect := listener{name: "edge redirect", address: c.TLS.RedirectListen, handler: plain, most: c.MaxConnections, leaving: leaving}
	err = listen(ctx, log, visitors.on(ports, frontPort), redirect.on(ports, redirectPort),
		listener{name: "edge admin", address: c.AdminListen, handler: metricsHandler(registry)})
	return errors.Join(err, ports.Close(), closeOrigin())
}

// apis reads the addresses of the API.
func (c *edgeCommand) apis() (addresses []*url.URL, err error) {
	for _, text := range c.APIURL {
		address, err := url.Parse(text)
		if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
			return nil, fmt.Errorf("ROUNDS_API_URL: %q is not an http address", text)
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

// origin puts the cache before storage, when there is to be one.
func (c *edgeCommand) origin(storage edge.Origin, registry *prometheus.Registry, log *slog.Logger) (edge.Origin, func() error, error) {
	switch {
	case c.CacheDir == "":
		return storage, func() error { return nil }, nil
	case c.CacheBytes <= 0:
		return nil, nil, fmt.Errorf("ROUNDS_CACHE_BYTES: %d is no size", c.CacheBytes)
	}
	cache, err := edge.NewCache(storage, edge.CacheConfig{Dir: c.CacheDir, MaxBytes: c.CacheBytes, Log: log})
	if err != nil {
		return nil, nil, fmt.Errorf("ROUNDS_CACHE_DIR: %w", err)
	}
	countCache(registry, cache)
	countDisk(registry, "cache", c.CacheDir)
	return cache, cache.Close, nil
}

// countCache adds the cache's figures to /metrics.
func countCache(registry *prometheus.Registry, cache *edge.Cache) {
	registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "rounds_edge_cache_hits_total", Help: "Media objects served from the edge's disk."},
			func() float64 { return float64(cache.Stats().Hits) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "rounds_edge_cache_misses_total", Help: "Media objects that were not on the edge's disk."},
			func() float64 { return float64(cache.Stats().Misses) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rounds_edge_cache_bytes", Help: "Bytes of media objects on the edge's disk."},
			func() float64 { return float64(cache.Stats().Bytes) }))
}

// verifier reads the public keys.
func (c *edgeCommand) verifier() (*cloudfront.Verifier, error) {
	keys := map[string]crypto.PublicKey{}
	for id, path := range c.PublicKeys {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("ROUNDS_PUBLIC_KEYS: %w", err)
		}
		if keys[id], err = cloudfront.ParsePublicKey(text); err != nil {
			return nil, fmt.Errorf("ROUNDS_PUBLIC_KEYS: %s: %w", path, err)
		}
	}
	verifier, err := cloudfront.NewVerifier(keys, nil)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_PUBLIC_KEYS: %w", err)
	}
	return verifier, nil
}
