package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// service is `local run` with what it says of itself.
type service struct {
	dir         string
	cmd         *exec.Cmd
	ended       chan struct{}
	Ports       map[string]int `json:"ports"` // of state.json
	BaseURL     string         `json:"base_url"`
	DatabaseURL string         `json:"database_url"`
	AdminToken  string         `json:"admin_token"`
	Demo        struct {
		WebinarID string `json:"webinar_id"`
		Complete  bool   `json:"complete"` // of state.json: nothing is converted any more
	} `json:"demo"`
}

// How long the service may take to serve, and the demo's recording to be ready.
const (
	bootLimit  = 3 * time.Minute
	readyLimit = 15 * time.Minute
)

// startService starts a service and waits until its demo can be played and the machine has nothing else to do. What it
// returns must be stopped, also beside an error.
func startService(ctx context.Context, o options) (*service, error) {
	dir, err := filepath.Abs(o.data)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "run.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()                                                   //nolint:errcheck // the child has its own descriptor
	if err := os.Remove(filepath.Join(dir, "local.json")); !gone(err) { // of an earlier run
		return nil, err
	}
	s := &service{dir: dir, ended: make(chan struct{})}
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), o.local, "run") //nolint:gosec // our own program, ended by stop
	s.cmd.Env = append(os.Environ(), "DATA="+dir, "PORT="+strconv.Itoa(o.port), "DEMO=1", "ROUNDS_LOG_LEVEL=warn")
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // stop asks how it ended
		close(s.ended)
	}()
	if err := s.until(ctx, bootLimit, "the service serves (see run.log)", func() bool { return s.read() == nil }); err != nil {
		return s, err
	}
	return s, s.until(ctx, readyLimit, "the demo's recordings are ready", func() bool { return s.read() == nil && s.Demo.Complete && s.playable(ctx) })
}

func gone(err error) bool { return err == nil || errors.Is(err, os.ErrNotExist) }

// read reads local.json and state.json, which are there once the service serves.
func (s *service) read() error {
	for _, name := range []string{"local.json", "state.json"} {
		text, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, s); err != nil {
			return err
		}
	}
	return nil
}

// playable reports whether the demo's webinar has a recording.
func (s *service) playable(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.BaseURL+"/v1/webinars/"+s.Demo.WebinarID, http.NoBody)
	if err != nil {
		return false
	}
	request.Header.Set("Authorization", "Bearer "+s.AdminToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close() //nolint:errcheck // it was read or not
	var webinar struct {
		Current string `json:"current_recording_id"`
	}
	return json.NewDecoder(response.Body).Decode(&webinar) == nil && webinar.Current != ""
}

func (s *service) until(ctx context.Context, limit time.Duration, what string, so func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("after %s it is not so that %s", limit, what))
	defer cancel()
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for !so() {
		select {
		case <-again.C:
		case <-s.ended:
			return errors.New("the service ended, see run.log")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// stop ends the service in good order.
func (s *service) stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGINT) // it may have ended
	select {
	case <-s.ended:
		return nil
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the service did not stop within a minute"), syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL))
	}
}

// Step is one multiple of the crowd, as k6 and the samples saw it.
type Step struct {
	Rate     float64            `json:"rate"`
	Viewers  int                `json:"viewers"`
	FromS    float64            `json:"from_s"` // of the samples
	ToS      float64            `json:"to_s"`
	Requests float64            `json:"requests_per_s"`
	Beats    float64            `json:"beats_per_s"`
	Offered  float64            `json:"beats_offered_per_s"`
	Failed   float64            `json:"failed_share"`
	Dropped  float64            `json:"iterations_left_out"`
	Beat     Times              `json:"beat_ms"`
	Start    Times              `json:"start_ms"`
	Parts    map[string]Use     `json:"parts"` // averages; memory and threads are the most
	WaitedOn map[string]float64 `json:"backends_waiting_on"`
	Commits  float64            `json:"commits_per_s"`
	WALMB    float64            `json:"wal_mb_per_s"`
	Locks    float64            `json:"locks_waited_for_most"`
}

// Times are response times in ms, as a client saw them.
type Times struct {
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// expected is the crowd of one: viewers, each with a beat in ten seconds.
const expected = 13_000

// held reports whether a step was served as it should be: nothing failed, nothing was
// left out, and beats and starts kept their objective.
func (s Step) held() bool {
	return s.Failed < 0.001 && s.Dropped < 0.001*s.Offered*(s.ToS-s.FromS) && s.Beat.P99 <= 250 && s.Start.P99 <= 500
}

// String is one line for the terminal.
func (s Step) String() string {
	return fmt.Sprintf("%d viewers: %.0f requests/s (%.0f of %.0f beats/s), failed %.2f %%, left out %.0f; beat p50 %.0f p99 %.0f ms, start p99 %.0f ms; API %.2f, database %.2f cores",
		s.Viewers, s.Requests, s.Beats, s.Offered, s.Failed*100, s.Dropped, s.Beat.Median, s.Beat.P99, s.Start.P99, s.Parts["serve"].Cores, s.Parts["postgres"].Cores)
}

// step runs k6 for one multiple and joins its summary with the samples.
func (s *service) step(ctx context.Context, o options, rate float64, sampler *sampler) (step Step, err error) {
	summary := filepath.Join(s.dir, "summary.json")
	if err := os.Remove(summary); !gone(err) {
		return step, err
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./deploy/load", "--local", filepath.Join(s.dir, "local.json"), "--k6", o.k6, "--summary", summary) //nolint:gosec // our own arguments
	cmd.Env = append(os.Environ(), "SCENARIO=crowd", "RATE="+strconv.FormatFloat(rate, 'f', -1, 64), "DURATION="+o.duration.String())
	log, err := os.OpenFile(filepath.Join(s.dir, "k6.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return step, err
	}
	defer log.Close() //nolint:errcheck // a log
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return step, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // a crossed threshold is no failure here; the summary tells
		close(ended)
	}()
	samples, err := sampler.follow(ctx, ended, rate)
	if err != nil {
		return step, err
	}
	k, err := readSummary(summary)
	if err != nil {
		return step, fmt.Errorf("k6 left no summary, see k6.log: %w", err)
	}
	return join(rate, k, samples), nil
}
