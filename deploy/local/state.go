package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// state is what one data folder remembers between runs, in state.json.
type state struct {
	DatabasePassword string         `json:"database_password"`
	S3AccessKey      string         `json:"s3_access_key"`
	S3SecretKey      string         `json:"s3_secret_key"`
	SigningKeyID     string         `json:"signing_key_id"`
	AdminToken       string         `json:"admin_token,omitempty"`
	Ports            map[string]int `json:"ports"`
	Demo             demoState      `json:"demo"`

	path string
}

// loadState reads state.json, or makes the secrets of a new data folder.
func loadState(f folders) (*state, error) {
	s := &state{path: filepath.Join(f.root, "state.json")}
	content, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.DatabasePassword, s.S3AccessKey, s.S3SecretKey = rand.Text(), rand.Text(), rand.Text()
		s.SigningKeyID, s.Ports = "K"+rand.Text()[:13], map[string]int{}
		return s, s.save()
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, s); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return s, nil
}

func (s *state) save() error { return writeJSON(s.path, s) }

// port returns the port a part used last time, or a free one when that is
// taken by now or there is none yet.
func (s *state) port(ctx context.Context, name string) (int, error) {
	if number := s.Ports[name]; number != 0 && portFree(ctx, number) {
		return number, nil
	}
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer socket.Close() //nolint:errcheck // only its number is wanted
	s.Ports[name] = socket.Addr().(*net.TCPAddr).Port
	return s.Ports[name], s.save()
}

func portFree(ctx context.Context, number int) bool {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(number)))
	if err != nil {
		return false
	}
	return socket.Close() == nil
}

// writeJSON replaces a file, whole or not at all, readable by its owner only.
func writeJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = temporary.Write(append(content, '\n'))
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}
