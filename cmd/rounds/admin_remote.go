package main

import (
	"errors"
	"log/slog"
	"os"
	"strings"
)

// remoteConfig says where a running service is and who asks: for commands that
// use its public API, as any client would.
type remoteConfig struct {
	BaseURL   string `required:"" env:"ROUNDS_BASE_URL" help:"Address of the service."`
	Token     string `env:"ROUNDS_TOKEN" help:"API token; give it by environment or as a file."`
	TokenFile string `type:"existingfile" env:"ROUNDS_TOKEN_FILE" help:"File that holds the API token."`
}

func (c remoteConfig) api(log *slog.Logger) (*uploadAPI, error) {
	token, err := c.token()
	if err != nil {
		return nil, err
	}
	return &uploadAPI{base: strings.TrimSuffix(c.BaseURL, "/"), token: token, log: log}, nil
}

func (c remoteConfig) token() (string, error) {
	if c.Token != "" {
		return c.Token, nil
	}
	if c.TokenFile == "" {
		return "", errors.New("ROUNDS_TOKEN or --token-file is needed")
	}
	content, err := os.ReadFile(c.TokenFile)
	return strings.TrimSpace(string(content)), err
}
