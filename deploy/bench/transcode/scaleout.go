package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	report "rounds/deploy/bench"
	"rounds/transcode"
	"rounds/transcode/hls"
)

// parts are the measured seconds of one recording's work: what one machine does
// before and after, and what any number of machines share.
type parts struct {
	before float64   // fetched source → plan
	shared []float64 // the sound first, then the chunks in order
	after  float64   // joining, trying the joints, stills, packaging, verifying
}

// wall predicts the seconds from start to end with n workers that take the next
// piece whenever they are free, as claims do.
func (p parts) wall(n int) float64 {
	free := make([]float64, n)
	for _, piece := range p.shared {
		first := slices.Index(free, slices.Min(free))
		free[first] += piece
	}
	return p.before + slices.Max(free) + p.after
}

// efficiency is the speed-up over one worker, a worker.
func (p parts) efficiency(n int) float64 { return p.wall(1) / p.wall(n) / float64(n) }

// scaleout measures every piece of a long recording, one after the other, and
// says what more workers make of it; then it holds the model against real
// workers.
func (b *bench) scaleout(ctx context.Context, webinar string) ([]report.Figure, error) {
	source, err := b.long(ctx, webinar, b.scaleMinutes)
	if err != nil {
		return nil, err
	}
	whole, err := b.pieces(ctx, source, "long")
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d min of webinar: verdict %.1f s, %d pieces of %.1f s (median) and %.1f s (longest), joining to verifying %.1f s\n",
		b.scaleMinutes, whole.before, len(whole.shared), report.Median(whole.shared), slices.Max(whole.shared), whole.after)
	for _, n := range []int{1, 2, 4, 8, 12, 16, 24, 32} {
		fmt.Printf("  %2d workers: %7.1f s, speed-up %5.2f, %.3f a worker\n", n, whole.wall(n), whole.wall(1)/whole.wall(n), whole.efficiency(n))
	}
	off, err := b.holdModel(ctx, webinar)
	if err != nil {
		return nil, err
	}
	input := fmt.Sprintf("webinar 1080p30 of %d min, model of 1/%d of its chunks", b.scaleMinutes, b.scaleEvery)
	return []report.Figure{
		{Name: "scaleout_16", Input: input, Value: whole.efficiency(16), Peer: 1, Ratio: whole.efficiency(16), Floor: 0.85, Better: "higher", Runs: whole.shared},
		{Name: "scaleout_model", Input: "real over modelled speed-up, 2 workers of one core", Value: off, Peer: 1, Ratio: off, Floor: 0.9, Better: "higher", Runs: []float64{off}},
	}, nil
}

// long repeats a recording without encoding it again.
func (b *bench) long(ctx context.Context, source string, minutes int) (string, error) {
	list := strings.Repeat(fmt.Sprintf("file '%s'\n", source), (minutes*60+b.seconds-1)/b.seconds)
	if err := os.WriteFile(filepath.Join(b.dir, "long.txt"), []byte(list), 0o600); err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, fmt.Sprintf("long%d.mp4", minutes))
	return path, b.ffmpeg(ctx, "-f", "concat", "-safe", "0", "-i", "long.txt", "-c", "copy", "-t", fmt.Sprint(minutes*60), path)
}

// pieces does all the work on a recording and clocks it.
func (b *bench) pieces(ctx context.Context, source, name string) (p parts, err error) {
	dir := filepath.Join(b.dir, name)
	plan, before, err := b.verdict(ctx, source)
	if err != nil {
		return p, err
	}
	p.before = before
	work := b.layOut(source, dir, plan, plan.Chunks(), true)
	for i, do := range work.pieces() {
		if i > 1 && (i-1)%b.scaleEvery != 0 { // like the one before it, and taken for its copy
			p.shared = append(p.shared, p.shared[i-1])
			work.join.Chunks[i-1] = work.join.Chunks[i-2]
			continue
		}
		began := time.Now()
		if err := do(ctx); err != nil {
			return p, fmt.Errorf("piece %d: %w", i, err)
		}
		p.shared = append(p.shared, time.Since(began).Seconds())
	}
	began := time.Now()
	_, err = b.finish(ctx, work.join)
	p.after = time.Since(began).Seconds()
	return p, err
}

func (b *bench) verdict(ctx context.Context, source string) (transcode.Plan, float64, error) {
	began := time.Now()
	probe, err := b.tool.Probe(ctx, source)
	if err != nil {
		return transcode.Plan{}, 0, err
	}
	return transcode.NewPlan(probe, transcode.PlanOptions{}), time.Since(began).Seconds(), nil
}

// laidOut is a plan as pieces that may be done in any order, and what joins them.
type laidOut struct {
	sound  func(context.Context) error
	chunks []func(context.Context) error
	join   transcode.JoinJob
}

// pieces are the sound, which takes longest, and the chunks.
func (w laidOut) pieces() []func(context.Context) error {
	return slices.Insert(slices.Clone(w.chunks), 0, w.sound)
}

// layOut lays out a plan. With survey, encoders look at what they made, as they
// do when it is to be published.
func (b *bench) layOut(source, dir string, plan transcode.Plan, chunks []transcode.Chunk, survey bool) laidOut {
	work := laidOut{join: transcode.JoinJob{Sound: filepath.Join(dir, "sound"), Dir: filepath.Join(dir, "out"), Plan: plan}}
	work.sound = func(ctx context.Context) error {
		if err := os.MkdirAll(work.join.Sound, 0o700); err != nil {
			return err
		}
		_, err := b.tool.EncodeSound(ctx, transcode.SoundJob{Source: source, Dir: work.join.Sound, Plan: plan}, nil)
		return err
	}
	for _, chunk := range chunks {
		into := filepath.Join(dir, fmt.Sprintf("chunk%03d", chunk.Number))
		work.join.Chunks = append(work.join.Chunks, into)
		work.chunks = append(work.chunks, func(ctx context.Context) error {
			if err := os.MkdirAll(into, 0o700); err != nil {
				return err
			}
			job := transcode.ChunkJob{Source: source, Dir: into, Plan: plan, Chunk: chunk}
			if err := b.tool.EncodeChunk(ctx, job, nil); err != nil || !survey {
				return err
			}
			_, err := b.tool.SurveyChunk(ctx, job)
			return err
		})
	}
	return work
}

// finish makes the verified stream of encoded pieces, and tells the seconds that
// packaging took of it.
func (b *bench) finish(ctx context.Context, join transcode.JoinJob) (packing float64, err error) {
	if err := os.MkdirAll(join.Dir, 0o700); err != nil {
		return 0, err
	}
	renditions, err := b.tool.Join(ctx, join)
	if err != nil {
		return 0, err
	}
	job, _, err := transcode.Derive(ctx, b.tool, join.Plan, join.Chunks, renditions, filepath.Dir(join.Dir), slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, err
	}
	job.KeyURI = "/key"
	began := time.Now()
	_, err = hls.New(slog.New(slog.DiscardHandler)).Package(ctx, job)
	return time.Since(began).Seconds(), err
}
