package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	local, k6, data, steps string
	duration               time.Duration
	port                   int
}

func main() {
	var o options
	flag.StringVar(&o.local, "local", ".bin/local", "the program that runs a service on this machine")
	flag.StringVar(&o.k6, "k6", ".bin/k6", "the k6 program")
	flag.StringVar(&o.data, "data", "data/load", "folder of the service and of the report")
	flag.StringVar(&o.steps, "steps", "1,2,3,4", "multiples of the expected crowd, 13,000 viewers")
	flag.DurationVar(&o.duration, "duration", 2*time.Minute, "how long each step lasts")
	flag.IntVar(&o.port, "port", 8190, "port of the service")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// Report is everything that the page shows; report.json is the same as JSON.
type Report struct {
	At      string   `json:"at"`
	Cores   int      `json:"cores"`
	Steps   []Step   `json:"steps"`
	Samples []Sample `json:"samples"`
	Model   Model    `json:"model"`
}

func run(ctx context.Context, o options) (err error) {
	rates, err := parseSteps(o.steps)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.data, 0o711); err != nil { //nolint:gosec // PostgreSQL's user passes through
		return err
	}
	fmt.Println("starting a service in", o.data)
	s, err := startService(ctx, o)
	if s != nil {
		defer func() { err = errors.Join(err, s.stop()) }()
	}
	if err != nil {
		return err
	}
	r := Report{At: time.Now().UTC().Format(time.RFC3339), Cores: runtime.NumCPU()}
	sampler, err := newSampler(ctx, s)
	if err != nil {
		return err
	}
	defer sampler.close(context.WithoutCancel(ctx))
	for _, rate := range rates {
		fmt.Printf("\n%g times the crowd for %s\n", rate, o.duration)
		step, err := s.step(ctx, o, rate, sampler)
		if err != nil {
			return err
		}
		r.Steps = append(r.Steps, step)
		fmt.Println(step)
	}
	r.Samples = sampler.samples
	r.Model = capacity(r.Steps)
	return write(o.data, r)
}

func parseSteps(text string) (rates []float64, err error) {
	for field := range strings.SplitSeq(text, ",") {
		rate, err := strconv.ParseFloat(field, 64)
		if err != nil || rate <= 0 || rate > 100 {
			return nil, fmt.Errorf("steps: %q is no multiple of the crowd", field)
		}
		rates = append(rates, rate)
	}
	return rates, nil
}

// write leaves report.json and report.html.
func write(dir string, r Report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "report.json"), append(text, '\n'), 0o644); err != nil { //nolint:gosec // nothing secret
		return err
	}
	page := filepath.Join(dir, "report.html")
	file, err := os.Create(page)
	if err != nil {
		return err
	}
	if err := errors.Join(render(file, r), file.Close()); err != nil {
		return err
	}
	fmt.Println("\nthe report:", page)
	return nil
}
