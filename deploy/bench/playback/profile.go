package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// profiled measures, and takes a processor profile of the process meanwhile
// when a folder for it was given.
func (b *bench) profiled(ctx context.Context, p *process, name string, measure func() (load, error)) (load, error) {
	if b.profile == "" {
		return b.costed(name, p, measure)
	}
	taken := make(chan error, 1)
	go func() { taken <- b.takeProfile(ctx, p, name) }()
	result, err := b.costed(name, p, measure)
	return result, errors.Join(err, <-taken)
}

func (b *bench) takeProfile(ctx context.Context, p *process, name string) error {
	target := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.admin, max(1, int(b.run.Seconds())))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	file, err := os.Create(filepath.Join(b.profile, name+".pprof"))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, response.Body)
	return errors.Join(err, file.Close())
}
