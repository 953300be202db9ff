package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// followRecording generates and uploads the demo recording unless that was
// done, and prints how its processing goes. A failure is printed too: Rounds
// itself works without it.
func (s *supervisor) followRecording(ctx context.Context) {
	if s.state.Demo.Finished {
		return
	}
	if err := s.recordDemo(ctx); err != nil && ctx.Err() == nil {
		_, _ = fmt.Fprintf(s.out, "demo recording: %v\n", err)
	}
}

func (s *supervisor) recordDemo(ctx context.Context) error {
	api := &apiClient{base: s.base, token: s.state.AdminToken}
	uploaded, err := s.demoUploaded(ctx, api)
	if err != nil {
		return err
	}
	if !uploaded {
		if err := s.uploadDemo(ctx); err != nil {
			return err
		}
	}
	if err := s.followDemo(ctx, api); err != nil {
		return err
	}
	s.state.Demo.Finished = true
	return s.state.save()
}

// recordingStatus is what the demo reads of GET /v1/recordings/{id}.
type recordingStatus struct {
	State    string   `json:"state"`
	Progress float64  `json:"progress"`
	ETA      *float64 `json:"eta_s"`
	Error    *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func (s *supervisor) demoUploaded(ctx context.Context, api *apiClient) (bool, error) {
	if s.state.Demo.RecordingID == "" {
		return false, nil
	}
	var status recordingStatus
	err := api.call(ctx, http.MethodGet, "/v1/recordings/"+s.state.Demo.RecordingID, nil, &status)
	return status.State != "uploading", err
}

// uploadDemo generates the file, when it is missing, and uploads it with the
// same command a person would use; that continues an interrupted upload.
func (s *supervisor) uploadDemo(ctx context.Context) error {
	file := filepath.Join(s.folders.demo, "webinar.mp4")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		_, _ = fmt.Fprintln(s.out, "demo recording: generating two minutes of webinar")
		if err := generateWebinar(ctx, s.folders.demo, file, demoSeconds); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintln(s.out, "demo recording: uploading")
	upload := exec.CommandContext(ctx, s.Rounds, "admin", "upload", file,
		"--webinar", s.state.Demo.WebinarID, "--base-url", s.base)
	upload.Env = append(s.environment(), "ROUNDS_TOKEN="+s.state.AdminToken)
	upload.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	var stderr strings.Builder
	upload.Stderr = &stderr
	printed, err := upload.Output()
	if err != nil {
		return fmt.Errorf("rounds admin upload: %w\n%s", err, stderr.String())
	}
	s.state.Demo.RecordingID = strings.TrimSpace(string(printed))
	return s.state.save()
}

// followDemo prints the processing every time it has come a tenth further.
func (s *supervisor) followDemo(ctx context.Context, api *apiClient) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	shown := -1
	for {
		var r recordingStatus
		if err := api.call(ctx, http.MethodGet, "/v1/recordings/"+s.state.Demo.RecordingID, nil, &r); err != nil {
			return err
		}
		switch {
		case r.State == "ready":
			_, _ = fmt.Fprintf(s.out, "demo recording: ready, watch it at %s/webinars/%s\n", s.base, s.state.Demo.WebinarID)
			return nil
		case r.State == "failed" && r.Error != nil:
			return fmt.Errorf("%s: %s", r.Error.Code, r.Error.Message)
		case int(r.Progress*10) > shown:
			shown = int(r.Progress * 10)
			_, _ = fmt.Fprintf(s.out, "demo recording: %s %.0f %%%s\n", r.State, r.Progress*100, etaText(r.ETA))
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func etaText(seconds *float64) string {
	if seconds == nil {
		return ""
	}
	return fmt.Sprintf(", about %.0f s to go", *seconds)
}
