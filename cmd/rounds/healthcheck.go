package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// healthcheckCommand is `rounds healthcheck`: containers have no other program to
// ask with.
type healthcheckCommand struct {
	URL     string        `arg:"" default:"http://127.0.0.1:8081/readyz" help:"Address that has to answer 200."`
	Timeout time.Duration `default:"4s" env:"ROUNDS_TIMEOUT" help:"How long the answer may take."`
}

// Run returns an error, so that the process fails, unless the address answers 200.
func (c *healthcheckCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // nothing is read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", c.URL, response.Status)
	}
	return nil
}
