package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"os"
	"path/filepath"
	"time"
)

// adminUpload is `rounds admin upload`. It prints the recording's id on
// standard output as soon as the file has arrived, progress on standard error.
type adminUpload struct {
	File    string       `arg:"" type:"existingfile" help:"Recording to upload."`
	Webinar string       `required:"" env:"-" help:"Id of its webinar."`
	Service remoteConfig `embed:""`
	Wait    bool         `env:"-" help:"Stay until the recording is ready or has failed."`
}

// Run uploads the file. Interrupted, it continues with the missing parts when
// called again, also in a new process and on another day.
func (c *adminUpload) Run(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	api, err := c.Service.api(log)
	if err != nil {
		return err
	}
	file, err := openUpload(c.File)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	u := &uploader{api: api, file: file, bar: newProgressBar(os.Stderr)}
	id, err := u.run(ctx, c.Webinar)
	u.bar.end()
	if refused := (final{}); errors.As(err, &refused) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w (call this again: it continues where it stopped)", err)
	}
	if _, err := fmt.Fprintln(stdout, id); err != nil || !c.Wait {
		return err
	}
	return followProcessing(ctx, api, id, newProgressBar(os.Stderr))
}

// uploadFile is an open file that is uploaded.
type uploadFile struct {
	*os.File
	name        string
	size        int64
	modified    time.Time
	contentType string
}

func openUpload(path string) (*uploadFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	kind := mime.TypeByExtension(filepath.Ext(path))
	if kind == "" {
		kind = "application/octet-stream"
	}
	return &uploadFile{File: file, name: filepath.Base(path), size: info.Size(), modified: info.ModTime(), contentType: kind}, nil
}

// followProcessing shows how processing goes until the recording is ready, or
// returns why it failed. It outlives restarts of the service.
func followProcessing(ctx context.Context, api *uploadAPI, id string, bar *progressBar) error {
	defer bar.end()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		r, err := api.recording(ctx, id)
		switch {
		case err != nil:
			return err
		case r.State == "ready":
			bar.show("ready", 1, "")
			return nil
		case r.State == "failed":
			return fmt.Errorf("the recording cannot be used (%s): %s", r.Error.Code, r.Error.Message)
		}
		bar.show(r.stage(), r.Progress, r.eta())
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
