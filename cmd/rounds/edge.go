package main

import (
	"context"
	"crypto"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"rounds/playback/cloudfront"
	"rounds/playback/edge"
)

// edgeCommand is `rounds edge`.
type edgeCommand struct {
	Site        siteConfig        `embed:""`
	Storage     storageConfig     `embed:""`
	Listen      string            `default:"127.0.0.1:8080" env:"ROUNDS_LISTEN" help:"Address to serve on."`
	AdminListen string            `env:"ROUNDS_ADMIN_LISTEN" help:"Address for /metrics; empty serves none. Never open it to the public."`
	APIURL      string            `name:"api-url" required:"" env:"ROUNDS_API_URL" help:"Where rounds serve listens, e.g. http://127.0.0.1:8081."`
	PublicKeys  map[string]string `required:"" mapsep:"," env:"ROUNDS_PUBLIC_KEYS" help:"Public keys that signatures are checked with: id=file.pem,…"`
}

// Run serves the front door until ctx ends.
func (c *edgeCommand) Run(ctx context.Context, log *slog.Logger) error {
	base, err := c.Site.parse()
	if err != nil {
		return err
	}
	api, err := url.Parse(c.APIURL)
	if err != nil || api.Host == "" {
		return fmt.Errorf("ROUNDS_API_URL: %q is not an http address", c.APIURL)
	}
	verifier, err := c.verifier()
	if err != nil {
		return err
	}
	client, err := c.Storage.client(ctx)
	if err != nil {
		return err
	}
	registry := newRegistry()
	front := edge.New(edge.Config{
		BaseURL: base, API: api, Verifier: verifier, Origin: edge.NewS3(client, c.Storage.MediaBucket), Log: log,
	})
	return listen(ctx, log,
		listener{"edge", c.Listen, chain(front, accessLog(log, newHTTPMetrics(registry)))},
		listener{"edge admin", c.AdminListen, metricsHandler(registry)})
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
