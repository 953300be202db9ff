package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// gateway is the S3 gateway over a folder: versitygw, a program of its own.
type gateway struct {
	program              string
	port                 int
	accessKey, secretKey string
}

func (g gateway) endpoint() string { return "http://127.0.0.1:" + strconv.Itoa(g.port) }

// start starts the gateway over f.s3 and returns once it answers.
func (g gateway) start(ctx context.Context, f folders) (*part, error) {
	if _, err := os.Stat(g.program); err != nil {
		return nil, fmt.Errorf("the S3 gateway is missing, `make tools` builds it: %w", err)
	}
	p, err := startPart(ctx, f, partSpec{
		name: "s3", path: g.program,
		args: []string{
			"--port", "127.0.0.1:" + strconv.Itoa(g.port), "--health", "/healthz", "--quiet",
			"posix", "--sidecar", filepath.Join(f.s3, "metadata"), "--versioning-dir", filepath.Join(f.s3, "versions"), filepath.Join(f.s3, "buckets"),
		},
		env:        []string{"PATH=/usr/bin:/bin", "HOME=" + f.s3, "ROOT_ACCESS_KEY=" + g.accessKey, "ROOT_SECRET_KEY=" + g.secretKey},
		stopSignal: syscall.SIGTERM, stopLimit: 15 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return p, waitFor(ctx, p, 30*time.Second, func(ctx context.Context) error { return getOK(ctx, g.endpoint()+"/healthz") })
}

// getOK asks an address and wants 200.
func getOK(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // nothing is read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, response.Status)
	}
	return nil
}
