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

// followRecordings generates and uploads the demo's recordings unless that was
// done, and prints how their processing goes. The first one has the machine to
// itself until it is ready; the short ones, for what comes after it, follow. A
// failure is printed too: Rounds itself works without them.
func (s *supervisor) followRecordings(ctx context.Context) {
	d := &s.state.Demo
	s.report(ctx, s.recordDemo(ctx, demoRecording{
		talk: &firstTalk, name: "demo recording", webinar: d.WebinarID, upload: demoUpload{d.RecordingID, d.Finished},
		keep: func(u demoUpload) { d.RecordingID, d.Finished = u.RecordingID, u.Finished },
	}))
	for _, w := range recorded() {
		id := d.Made[w.title]
		if id == "" { // a folder of an earlier release
			continue
		}
		s.report(ctx, s.recordDemo(ctx, demoRecording{
			talk: w.talk, name: "demo, “" + w.title + "”", webinar: id, upload: d.Further[w.title],
			keep: func(u demoUpload) {
				if d.Further == nil {
					d.Further = map[string]demoUpload{}
				}
				d.Further[w.title] = u
			},
		}))
	}
	if ctx.Err() == nil {
		d.Complete = true
		s.report(ctx, s.state.save())
	}
}

func (s *supervisor) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		_, _ = fmt.Fprintf(s.out, "demo recording: %v\n", err)
	}
}

// demoRecording is one recording of the demo on its way.
type demoRecording struct {
	talk    *talk
	name    string // in what is printed
	webinar string
	upload  demoUpload
	keep    func(demoUpload) // notes how far it has come
}

func (s *supervisor) recordDemo(ctx context.Context, r demoRecording) error {
	if r.upload.Finished {
		return nil
	}
	api := &apiClient{base: s.base, token: s.state.AdminToken}
	uploaded, err := demoUploaded(ctx, api, r.upload)
	if err != nil {
		return err
	}
	if !uploaded {
		if err := s.uploadDemo(ctx, &r); err != nil {
			return err
		}
	}
	if err := s.followDemo(ctx, api, r); err != nil {
		return err
	}
	r.upload.Finished = true
	r.keep(r.upload)
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

func demoUploaded(ctx context.Context, api *apiClient, u demoUpload) (bool, error) {
	if u.RecordingID == "" {
		return false, nil
	}
	var status recordingStatus
	err := api.call(ctx, http.MethodGet, "/v1/recordings/"+u.RecordingID, nil, &status)
	return status.State != "uploading", err
}

// uploadDemo generates the file, when it is missing, and uploads it with the
// same command a person would use; that continues an interrupted upload.
func (s *supervisor) uploadDemo(ctx context.Context, r *demoRecording) error {
	file := filepath.Join(s.folders.demo, r.talk.name+".mp4")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		_, _ = fmt.Fprintf(s.out, "%s: generating %d seconds of webinar\n", r.name, r.talk.seconds)
		if err := r.talk.generate(ctx, s.folders.demo, file); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(s.out, "%s: uploading\n", r.name)
	upload := exec.CommandContext(ctx, s.Rounds, "admin", "upload", file,
		"--webinar", r.webinar, "--base-url", s.base)
	upload.Env = append(s.environment(), "ROUNDS_TOKEN="+s.state.AdminToken)
	upload.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	var stderr strings.Builder
	upload.Stderr = &stderr
	printed, err := upload.Output()
	if err != nil {
		return fmt.Errorf("rounds admin upload: %w\n%s", err, stderr.String())
	}
	r.upload.RecordingID = strings.TrimSpace(string(printed))
	r.keep(r.upload)
	return s.state.save()
}

// followDemo prints the processing every time it has come a tenth further.
func (s *supervisor) followDemo(ctx context.Context, api *apiClient, r demoRecording) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	shown := -1
	for {
		var now recordingStatus
		if err := api.call(ctx, http.MethodGet, "/v1/recordings/"+r.upload.RecordingID, nil, &now); err != nil {
			return err
		}
		switch {
		case now.State == "ready":
			_, _ = fmt.Fprintf(s.out, "%s: ready, watch it at %s/webinars/%s\n", r.name, s.base, r.webinar)
			return nil
		case now.State == "failed" && now.Error != nil:
			return fmt.Errorf("%s: %s", now.Error.Code, now.Error.Message)
		case int(now.Progress*10) > shown:
			shown = int(now.Progress * 10)
			_, _ = fmt.Fprintf(s.out, "%s: %s %.0f %%%s\n", r.name, now.State, now.Progress*100, etaText(now.ETA))
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
