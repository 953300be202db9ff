package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	report "rounds/deploy/bench"
)

// options are the command line.
type options struct {
	out, only, local, data string
	runs                   int
	seconds                int // of the trace
}

func main() {
	var o options
	var quick bool
	flag.StringVar(&o.out, "out", "data/bench/player.json", "where the figures go")
	flag.StringVar(&o.only, "only", "", "measure only this: first or trace")
	flag.StringVar(&o.local, "local", "", "measure the installation that this local.json tells of instead of one of its own")
	flag.StringVar(&o.data, "data", "data/bench/player.data", "folder of the installation")
	flag.IntVar(&o.runs, "runs", 7, "runs of each player")
	flag.IntVar(&o.seconds, "seconds", 90, "length of the trace")
	flag.BoolVar(&quick, "quick", false, "three runs, a trace of a minute")
	flag.Parse()
	if quick {
		o.runs, o.seconds = 3, 60
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench player:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m, err := openMachine(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	var figures []report.Figure
	for _, part := range []struct {
		name    string
		measure func(context.Context, *machine) ([]report.Figure, error)
	}{{"first", firstFrames}, {"trace", traces}} {
		if o.only != "" && o.only != part.name {
			continue
		}
		found, err := part.measure(ctx, m)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		figures = append(figures, found...)
	}
	report.Print(figures)
	return report.Write(o.out, figures)
}
