package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"rounds/transcode"
	"rounds/transcode/ffmpeg"
)

// holdModel encodes a shorter recording with one and with two real workers,
// processes with a core each, and gives the real speed-up over the modelled one.
// While the one works, the other core does the same to another copy: cores of
// one machine slow each other down, as machines do not.
func (b *bench) holdModel(ctx context.Context, webinar string) (float64, error) {
	source, err := b.long(ctx, webinar, b.modelMinutes)
	if err != nil {
		return 0, err
	}
	plan, _, err := b.verdict(ctx, source)
	if err != nil {
		return 0, err
	}
	task := filepath.Join(b.dir, "task.json")
	encoded, err := json.Marshal(workerTask{Source: source, Plan: plan})
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(task, encoded, 0o600); err != nil {
		return 0, err
	}
	pieces := len(plan.Chunks()) + 1

	aside, stop := context.WithCancel(ctx)
	defer stop()
	busy := make(chan struct{})
	go func() {
		defer close(busy)
		_, _, _ = b.shared(aside, task, pieces, 1)
	}()
	one, took, err := b.shared(ctx, task, pieces, 0)
	stop()
	<-busy // was stopped in the middle
	if err != nil {
		return 0, err
	}
	two, _, err := b.shared(ctx, task, pieces, 0, 1)
	if err != nil {
		return 0, err
	}
	model := parts{shared: took}
	speedUp, modelled := one/two, model.wall(1)/model.wall(2)
	fmt.Printf("%d min with real workers of one core: 1: %.1f s, 2: %.1f s, speed-up %.2f, the model says %.2f\n", b.modelMinutes, one, two, speedUp, modelled)
	return speedUp / modelled, nil
}

// shared has workers on those cores do all pieces, each taking the next one when
// it is free, and tells how long it took and how long each piece did.
func (b *bench) shared(ctx context.Context, task string, pieces int, cores ...int) (wall float64, took []float64, err error) {
	took = make([]float64, pieces)
	next := make(chan int, pieces)
	for i := range pieces {
		next <- i
	}
	close(next)
	began := time.Now()
	failed := make(chan error, len(cores))
	var all sync.WaitGroup
	for _, core := range cores {
		all.Go(func() { failed <- b.onCore(ctx, task, core, next, took) })
	}
	all.Wait()
	for range cores {
		err = errors.Join(err, <-failed)
	}
	return time.Since(began).Seconds(), took, err
}

// onCore runs this program as a worker that has a core, and asks it for one piece
// after the other.
func (b *bench) onCore(ctx context.Context, task string, core int, next <-chan int, took []float64) error {
	dir, err := os.MkdirTemp(b.dir, "worker-")
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "taskset", "--cpu-list", strconv.Itoa(core), self, "--work-on", task, "--work-in", dir) //nolint:gosec // our own program
	cmd.Stderr = os.Stderr
	ask, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	answer := bufio.NewScanner(answers)
	for i := range next {
		began := time.Now()
		if _, err := fmt.Fprintln(ask, i); err != nil {
			return errors.Join(err, cmd.Wait())
		}
		if !answer.Scan() {
			return errors.Join(fmt.Errorf("worker ended in piece %d", i), cmd.Wait())
		}
		took[i] = time.Since(began).Seconds()
	}
	return errors.Join(ask.Close(), cmd.Wait())
}

// workerTask is what a worker process is told at its start.
type workerTask struct {
	Source string
	Plan   transcode.Plan
}

// workOn is the worker: it does the pieces whose numbers it reads, the sound
// being 0, and writes each number back when it is done.
func workOn(ctx context.Context, task, dir string, numbers io.Reader, done io.Writer) error {
	content, err := os.ReadFile(task)
	if err != nil {
		return err
	}
	var t workerTask
	if err := json.Unmarshal(content, &t); err != nil {
		return err
	}
	tool, err := ffmpeg.New(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	pieces := (&bench{tool: tool}).layOut(t.Source, dir, t.Plan, t.Plan.Chunks(), true).pieces()
	for scan := bufio.NewScanner(numbers); scan.Scan(); {
		i, err := strconv.Atoi(scan.Text())
		if err != nil || i < 0 || i >= len(pieces) {
			return fmt.Errorf("no piece %q", scan.Text())
		}
		if err := pieces[i](ctx); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(done, i); err != nil {
			return err
		}
	}
	return nil
}
