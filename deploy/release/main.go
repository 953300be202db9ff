package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// rollBackTime bounds the command that takes a release back.
const rollBackTime = time.Hour

// run watches a release and takes it back when it is not well, or when the watch
// is broken off: what nobody watched to the end does not stay.
func run(ctx context.Context, args []string, log io.Writer) error {
	g := gate{client: &http.Client{Timeout: 10 * time.Second}, log: log}
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.Func("ready", "address that has to answer 200; may be given several times", func(s string) error { g.ready = append(g.ready, s); return nil })
	flags.Func("metrics", "address of a process's Prometheus figures; may be given several times", func(s string) error { g.metrics = append(g.metrics, s); return nil })
	flags.DurationVar(&g.length, "for", 5*time.Minute, "how long the release is watched")
	flags.DurationVar(&g.every, "every", 5*time.Second, "time between two looks")
	flags.IntVar(&g.bad, "bad", 3, "bad looks in a row that are a verdict")
	flags.Float64Var(&g.errors, "errors", 0.01, "largest share of requests that may end with 5xx")
	flags.Float64Var(&g.requests, "requests", 50, "fewer requests than that say nothing about their share")
	rollBack := flags.String("roll-back", "", "command of the shell that takes the release back")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if len(g.ready) == 0 {
		return errors.New("--ready: give one address at least")
	}
	verdict := g.watch(ctx)
	if verdict == nil || *rollBack == "" {
		return verdict
	}
	_, _ = fmt.Fprintf(log, "%v\nrolling back: %s\n", verdict, *rollBack)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollBackTime)
	defer cancel()
	command := exec.CommandContext(ctx, "/bin/sh", "-c", *rollBack) //nolint:gosec // whoever releases says what
	command.Stdout, command.Stderr = log, log
	if err := command.Run(); err != nil {
		return fmt.Errorf("%w; AND IT COULD NOT BE TAKEN BACK: %w", verdict, err)
	}
	return fmt.Errorf("%w; it was taken back", verdict)
}
