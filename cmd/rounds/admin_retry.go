package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
)

// adminRetry is `rounds admin retry`. The service refuses it for a recording
// that has not failed, and for one whose file is the cause: that would fail
// again, and another file is another recording.
type adminRetry struct {
	Recording string       `arg:"" help:"Id of the recording."`
	Service   remoteConfig `embed:""`
	Wait      bool         `env:"-" help:"Stay until the recording is ready or has failed."`
}

// Run puts the recording back in line.
func (c *adminRetry) Run(ctx context.Context, log *slog.Logger) error {
	api, err := c.Service.api(log)
	if err != nil {
		return err
	}
	if err := api.retry(ctx, c.Recording); err != nil {
		return fmt.Errorf("retry %s: %w", c.Recording, err)
	}
	if !c.Wait {
		return nil
	}
	return followProcessing(ctx, api, c.Recording, newProgressBar(os.Stderr))
}
