package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxPlaces is how many doctors one registration window takes in at most.
const maxPlaces = 20_000

// openSpot opens registration on the spot for so many doctors of example.org and
// returns the event codes, each for maxPlaces of them.
func openSpot(ctx context.Context, l local, doctors int) ([]string, error) {
	var codes []string
	for places := doctors; places > 0; places -= maxPlaces {
		code, err := openWindow(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("open registration: %w", err)
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func openWindow(ctx context.Context, l local) (string, error) {
	now := time.Now()
	body, err := json.Marshal(map[string]any{
		"title": "Load", "cap": maxPlaces, "opens_at": now.Add(-time.Minute), "closes_at": now.Add(2 * time.Hour), "admission": "domain", "domains": []string{"example.org"},
	})
	if err != nil {
		return "", err
	}
	address := l.BaseURL + "/v1/programs/" + url.PathEscape(l.Demo.ProgramID) + "/spot_windows"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+l.AdminToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("%s: %s", response.Status, text)
	}
	var window struct {
		EventCode string `json:"event_code"`
	}
	return window.EventCode, json.Unmarshal(text, &window)
}
