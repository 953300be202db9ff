package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	report "rounds/deploy/bench"
)

// options are the flags.
type options struct {
	out         string
	only        string
	doctors     int
	connections int
	runs        int
	run         time.Duration // how long one run is measured
	flat        time.Duration // how long memory is watched
	limit       time.Duration // for everything
	profile     string
	ledger      string // set for a child that measures the ledger: the database's address
}

func readOptions() options {
	var o options
	var quick bool
	flag.StringVar(&o.out, "out", "data/bench/playback.json", "file to write")
	flag.StringVar(&o.only, "only", "", "one of beats, ledger, starts, edge, memory, growth")
	flag.IntVar(&o.doctors, "doctors", 52_000, "doctors who watch; each sends a beat in ten seconds at the most")
	flag.IntVar(&o.connections, "connections", 256, "connections of the load generator")
	flag.IntVar(&o.runs, "runs", 3, "alternating runs")
	flag.DurationVar(&o.run, "run", 12*time.Second, "length of one run")
	flag.DurationVar(&o.flat, "flat", 10*time.Minute, "how long memory is watched under load")
	flag.DurationVar(&o.limit, "limit", 40*time.Minute, "the program gives up then")
	flag.StringVar(&o.profile, "profile", "", "folder for processor profiles of rounds serve and rounds edge")
	flag.StringVar(&o.ledger, "ledger", "", "for the program's own use")
	flag.BoolVar(&quick, "quick", false, "few doctors, one short run, half a minute of memory")
	flag.Parse()
	if quick {
		o.doctors, o.runs, o.run, o.flat = 5_000, 1, 4*time.Second, 20*time.Second
	}
	return o
}

func main() {
	o := readOptions()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	err := run(ctx, o)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench playback:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.ledger != "" {
		return runLedger(ctx, o)
	}
	b, err := newBench(ctx, o)
	if b != nil {
		defer func() { err = cmp.Or(err, b.close()) }()
	}
	if err != nil {
		return err
	}
	var figures []report.Figure
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]report.Figure, error)
	}{
		{"beats", b.measureBeats},
		{"ledger", b.measureLedger},
		{"starts", b.measureStarts},
		{"edge", b.measureEdge},
		{"growth", b.measureGrowth},
		{"memory", b.measureMemory},
	} {
		if o.only != "" && o.only != part.name {
			continue
		}
		found, err := part.measure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		report.Print(found)
		figures = append(figures, found...)
	}
	return report.Write(o.out, figures)
}

// alternate runs all sides in turn and returns what each came to.
func alternate(runs int, sides ...func() (float64, error)) ([][]float64, error) {
	results := make([][]float64, len(sides))
	for range runs {
		for i, measure := range sides {
			value, err := measure()
			if err != nil {
				return nil, err
			}
			results[i] = append(results[i], value)
		}
	}
	return results, nil
}
