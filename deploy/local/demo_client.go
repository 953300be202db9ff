package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// object is a JSON object to send.
type object map[string]any

// apiClient calls the public API; token is empty for a visitor.
type apiClient struct{ base, token string }

// create posts to a collection and keeps the id of what it made, unless there
// is one already.
func (c *apiClient) create(ctx context.Context, id *string, path string, body object) error {
	if *id != "" {
		return nil
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := c.call(ctx, http.MethodPost, path, body, &made); err != nil {
		return err
	}
	if made.ID == "" {
		return fmt.Errorf("POST %s answered without an id", path)
	}
	*id = made.ID
	return nil
}

// call sends a request and decodes the answer into answer, when that is not
// nil. A status other than 2xx is an error with the answer's text.
func (c *apiClient) call(ctx context.Context, method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end below
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, content[:min(300, len(content))])
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(content, answer)
}
