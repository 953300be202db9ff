package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine is a running installation and the peers' proxy before it.
type machine struct {
	options
	installation
	peers string
	cmd   *exec.Cmd // nil when it is somebody else's
}

// installation is what is read of local.json.
type installation struct {
	BaseURL    string `json:"base_url"`
	AdminToken string `json:"admin_token"`
	MailDir    string `json:"mail_dir"`
	Demo       struct {
		DoctorEmail string `json:"doctor_email"`
		CourseID    string `json:"course_id"`
		WebinarID   string `json:"webinar_id"`
	} `json:"demo"`
}

// openMachine starts what is missing. What it returns must be closed.
func openMachine(ctx context.Context, o options) (*machine, error) {
	m := &machine{options: o}
	if err := installPeers(ctx); err != nil {
		return nil, err
	}
	if m.local == "" {
		if err := m.start(ctx); err != nil {
			return nil, errors.Join(err, m.close())
		}
	} else if err := readJSON(m.local, &m.installation); err != nil {
		return nil, err
	}
	err := m.ready(ctx, m.Demo.WebinarID)
	if err == nil {
		m.peers, err = servePeers(ctx, m.BaseURL)
	}
	if err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// start runs all of Rounds on this machine, with a demo recording.
func (m *machine) start(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String()) // an address of ours
	if err := listener.Close(); err != nil {
		return err
	}
	m.local = filepath.Join(m.data, "local.json")
	if err := os.Remove(m.local); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	m.cmd = exec.CommandContext(context.WithoutCancel(ctx), ".bin/local", "run", "--port", port, "--data", m.data) //nolint:gosec // G204: arguments of ours
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	m.cmd.Stderr = os.Stderr
	m.cmd.Env = append(os.Environ(), "ROUNDS_KEY_LIMIT=0", "ROUNDS_DEVICES=0", "ROUNDS_CODES_A_DAY=0") // one doctor opens it again and again
	if err := m.cmd.Start(); err != nil {
		m.cmd = nil
		return fmt.Errorf("local: %w", err)
	}
	err = m.until(ctx, "the installation", func() (bool, error) {
		err := readJSON(m.local, &m.installation)
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	return m.until(ctx, "the demo's recordings", func() (bool, error) { // they would be converted beside what is measured
		var state struct {
			Demo struct {
				Complete bool `json:"complete"`
			} `json:"demo"`
		}
		err := readJSON(filepath.Join(m.data, "state.json"), &state)
		return state.Demo.Complete, err
	})
}

// close stops the installation; its folder stays.
func (m *machine) close() error {
	if m.cmd == nil {
		return nil
	}
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return m.cmd.Wait()
}

// ready waits until a webinar has a recording that can be played.
func (m *machine) ready(ctx context.Context, webinar string) error {
	return m.until(ctx, "the recording of "+webinar, func() (bool, error) {
		var w struct {
			DurationS float64 `json:"duration_s"`
		}
		err := m.call(ctx, http.MethodGet, "/v1/webinars/"+webinar, nil, &w)
		return w.DurationS > 0, err
	})
}

// until asks again and again, for ten minutes.
func (m *machine) until(ctx context.Context, what string, there func() (bool, error)) error {
	limit := time.After(10 * time.Minute)
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for {
		if ok, err := there(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			return fmt.Errorf("waited in vain for %s", what)
		case <-again.C:
		}
	}
}

// call asks the API as an administrator.
func (m *machine) call(ctx context.Context, method, path string, body, answer any) error {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body) // maps of ours
	}
	request, err := http.NewRequestWithContext(ctx, method, m.BaseURL+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+m.AdminToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it is only read
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusBadRequest {
		return cmp.Or(err, fmt.Errorf("%s %s: %s %s", method, path, response.Status, got))
	}
	return json.Unmarshal(got, answer)
}

// measure runs the script in Chromium and hands over each line that it prints.
func (m *machine) measure(ctx context.Context, what, webinar string, each func(line []byte) error) error {
	c := exec.CommandContext(ctx, "node", own+"/measure.mjs", what) //nolint:gosec // G204: arguments of ours
	c.Stderr = os.Stderr
	c.Env = append(os.Environ(), "BASE_URL="+m.BaseURL, "PEERS_URL="+m.peers, "MAIL_DIR="+m.MailDir, "DOCTOR_EMAIL="+m.Demo.DoctorEmail,
		"WEBINAR_ID="+webinar, "RUNS="+strconv.Itoa(m.runs), "SECONDS="+strconv.Itoa(m.seconds))
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("measure.mjs: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		fmt.Print("  ", line)
		if err := each([]byte(line)); err != nil {
			return err
		}
	}
	return nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
