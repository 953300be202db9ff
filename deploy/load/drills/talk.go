package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"rounds/deploy/load/crowd"
)

// talk is a recording of a webinar that the drills encode and play.
type talk struct{ program, webinar, recording string }

// uploadTalk makes a program with a webinar and uploads a generated recording of
// two pieces, as a presenter's computer would.
func (m *machine) uploadTalk(ctx context.Context) (t talk, err error) {
	file := filepath.Join(m.dir, "talk.mp4")
	//nolint:gosec // our own arguments
	said, err := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=r=15:s=640x360:d=130",
		"-f", "lavfi", "-i", "sine=d=130", "-c:v", "libx264", "-preset", "ultrafast", "-g", "150", file).CombinedOutput()
	if err != nil {
		return t, fmt.Errorf("ffmpeg: %w\n%s", err, said)
	}
	made := map[string]any{}
	for _, step := range []struct {
		path string
		into *string
	}{{"/v1/programs", &t.program}, {"/v1/programs/%s/courses", nil}, {"/v1/courses/%s/webinars", &t.webinar}} {
		path := step.path
		if id, known := made["id"]; known {
			path = fmt.Sprintf(path, id)
		}
		if made, err = m.admin().must(ctx, http.MethodPost, path, map[string]any{"title": "A drill"}); err != nil {
			return t, err
		}
		if step.into != nil {
			*step.into = made["id"].(string)
		}
	}
	t.recording, err = m.command(ctx, "admin", "upload", file, "--webinar", t.webinar, "--base-url", m.base)
	return t, err
}

// encoding waits until several workers are at the talk.
func (m *machine) encoding(ctx context.Context, t talk) error {
	return crowd.Until(ctx, 2*time.Minute, "several workers are at the recording", func() bool {
		var workers int
		err := m.db.QueryRow(ctx, `select count(distinct worker) from chunks where recording_id = $1 and state in ('running', 'done')
			and exists (select from chunks r where r.recording_id = $1 and r.state = 'running')`, t.recording).Scan(&workers)
		return err == nil && workers >= 2
	})
}

// finished waits until the talk can be played.
func (m *machine) finished(ctx context.Context, t talk) error {
	var last map[string]any
	err := crowd.Until(ctx, 4*time.Minute, "the recording is ready", func() bool {
		_, answer, err := m.admin().ask(ctx, http.MethodGet, "/v1/recordings/"+t.recording, nil)
		if err == nil {
			last = answer
		}
		return last["state"] == "ready" || last["state"] == "failed"
	})
	if err == nil && last["state"] != "ready" {
		err = fmt.Errorf("the recording is %v: %v", last["state"], last["error"])
	}
	return err
}
