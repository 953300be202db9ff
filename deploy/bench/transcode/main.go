package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	report "rounds/deploy/bench"
	"rounds/transcode/ffmpeg"
)

type options struct {
	out     string
	seconds int
	runs    int
	camera  string
	only    string

	scaleMinutes int
	scaleEvery   int
	modelMinutes int
}

func main() {
	var o options
	flag.StringVar(&o.out, "out", "data/bench/transcode.json", "file to write")
	flag.IntVar(&o.seconds, "seconds", 120, "length of the generated webinar")
	flag.IntVar(&o.runs, "runs", 3, "alternating runs")
	flag.StringVar(&o.camera, "camera", filepath.Join(mediaFolder(), "camera_car_12fps.mp4"), "camera footage; generated pictures when missing")
	flag.IntVar(&o.scaleMinutes, "scale-minutes", 60, "length of the recording that scaling out is measured on; 0 leaves it out")
	flag.IntVar(&o.scaleEvery, "scale-every", 1, "encode every n-th chunk of it and take the others to be alike, for a quicker look")
	flag.StringVar(&o.only, "only", "", "scaleout: nothing else")
	flag.IntVar(&o.modelMinutes, "model-minutes", 6, "length of the recording that real workers share")
	task := flag.String("work-on", "", "internal: be a worker on the task in this file")
	dir := flag.String("work-in", "", "internal: its folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	work := func() error { return run(ctx, o) }
	if *task != "" {
		work = func() error { return workOn(ctx, *task, *dir, os.Stdin, os.Stdout) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "bench transcode:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// mediaFolder holds real recordings: the one that tests use, or one beside the
// repository.
func mediaFolder() string {
	if dir := os.Getenv("ROUNDS_TEST_MEDIA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared", "media")
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "rounds-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	tool, err := ffmpeg.New(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	b := &bench{tool: tool, dir: dir, options: o}
	figures, err := b.measure(ctx)
	if err != nil {
		return err
	}
	report.Print(figures)
	return report.Write(o.out, figures)
}
