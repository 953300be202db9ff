package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sync/errgroup"

	report "rounds/deploy/bench"
	"rounds/transcode"
	"rounds/transcode/ffmpeg"
)

// bench holds what all measurements share.
type bench struct {
	options
	tool *ffmpeg.Tool
	dir  string
}

// series are the raw values of one figure, ours and the peer's.
type series struct{ ours, peer []float64 }

func (s *series) add(ours, peer float64) {
	s.ours, s.peer = append(s.ours, ours), append(s.peer, peer)
}

// figure makes a ratio's figure of a series.
func (s *series) figure(name, input string, floor float64) report.Figure {
	ours, peer := report.Median(s.ours), report.Median(s.peer)
	return report.Figure{Name: name, Input: input, Value: ours / peer, Peer: peer, Ratio: ours / peer, Floor: floor, Better: "lower", Runs: s.ours}
}

func (b *bench) measure(ctx context.Context) ([]report.Figure, error) {
	webinar, err := b.webinar(ctx)
	if err != nil {
		return nil, err
	}
	if b.only == "scaleout" {
		return b.scaleout(ctx, webinar)
	}
	camera, err := b.cameraFootage(ctx)
	if err != nil {
		return nil, err
	}
	screen, err := b.screen(ctx)
	if err != nil {
		return nil, err
	}
	figures, err := b.times(ctx, webinar)
	if err != nil {
		return nil, err
	}
	made, err := b.alone(ctx, webinar)
	if err != nil {
		return nil, err
	}
	figures = append(figures, made...)
	if b.scaleMinutes > 0 {
		made, err := b.scaleout(ctx, webinar)
		if err != nil {
			return nil, err
		}
		figures = append(figures, made...)
	}
	for _, input := range []struct {
		name, path  string
		bytes, ssim float64
	}{{"slides", webinar, 0.12, 0.995}, {"screen", screen, 0, 0}, {"camera", camera, 0.35, 0.99}} {
		made, err := b.bytes(ctx, input.name, input.path, input.bytes, input.ssim)
		if err != nil {
			return nil, err
		}
		figures = append(figures, made...)
	}
	return figures, nil
}

// times measures what depends on the machine, ours and the peer's in turn.
func (b *bench) times(ctx context.Context, webinar string) ([]report.Figure, error) {
	var wall, cpu, chunked, published series
	var shares, memory []float64
	five, err := b.fiveRungs(ctx, webinar)
	if err != nil {
		return nil, err
	}
	for range b.runs {
		whole, share, err := b.publish(ctx, webinar)
		if err != nil {
			return nil, err
		}
		if len(memory) == 0 { // before a peer's child has run
			memory = append(memory, residentMiB())
		}
		stop := clock()
		if _, err := b.encode(ctx, webinar, five); err != nil {
			return nil, err
		}
		ourWall, ourCPU := stop()
		stop = clock()
		if _, err := b.pictures(ctx, webinar, five, wholeOf(five), false); err != nil {
			return nil, err
		}
		_, wholeCPU := stop()
		stop = clock()
		if err := b.perRung(ctx, webinar, five); err != nil {
			return nil, err
		}
		peerWall, peerCPU := stop()
		wall.add(ourWall, peerWall)
		cpu.add(ourCPU, peerCPU)
		chunked.add(ourCPU, wholeCPU)
		published.add(whole, peerWall)
		shares = append(shares, share)
	}
	const input = "webinar 1080p30"
	return []report.Figure{
		wall.figure("same_rungs_wall", input, 0.65),
		cpu.figure("same_rungs_cpu", input, 0.70),
		chunked.figure("chunk_cpu", fmt.Sprintf("%s, %d chunks against one", input, len(five.Chunks())), 1.05),
		published.figure("published_wall", input+", without storage", 0.60),
		{Name: "worker_rss_mib", Input: input, Value: memory[0], Floor: 1024, Better: "lower", Runs: memory},
		{Name: "overhead", Input: input, Value: report.Median(shares), Floor: 0.05, Better: "lower", Runs: shares},
	}, nil
}

// fiveRungs is the plan of the five standard rungs, as if nothing were known
// of the content: no rung is dropped and none is for bad lines.
func (b *bench) fiveRungs(ctx context.Context, source string) (transcode.Plan, error) {
	probe, err := b.tool.Probe(ctx, source)
	if err != nil {
		return transcode.Plan{}, err
	}
	probe.Sample = transcode.Sample{}
	plan := transcode.NewPlan(probe, transcode.PlanOptions{})
	plan.Rungs = plan.Rungs[:len(plan.Rungs)-1]
	return plan, nil
}

// wholeOf is a plan's frames as one chunk.
func wholeOf(plan transcode.Plan) []transcode.Chunk {
	return []transcode.Chunk{{Frames: plan.Frames}}
}

// encode makes the plan's rungs in a fresh folder.
func (b *bench) encode(ctx context.Context, source string, plan transcode.Plan) ([]transcode.EncodedRendition, error) {
	work, err := b.pictures(ctx, source, plan, plan.Chunks(), false)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(work.join.Dir, 0o700); err != nil {
		return nil, err
	}
	return b.tool.Join(ctx, work.join)
}

// pictures encodes as one worker does: chunk after chunk, the sound beside them.
func (b *bench) pictures(ctx context.Context, source string, plan transcode.Plan, chunks []transcode.Chunk, survey bool) (laidOut, error) {
	dir := filepath.Join(b.dir, "ours")
	if err := os.RemoveAll(dir); err != nil {
		return laidOut{}, err
	}
	work := b.layOut(source, dir, plan, chunks, survey)
	group, aside := errgroup.WithContext(ctx)
	group.Go(func() error { return work.sound(aside) })
	for _, chunk := range work.chunks {
		if err := chunk(ctx); err != nil {
			return work, errors.Join(err, group.Wait())
		}
	}
	return work, group.Wait()
}

// publish does all that workers do with a source on their disk but for storing
// it, and tells the share that is not ffmpeg's: packaging, encrypting, verifying.
func (b *bench) publish(ctx context.Context, source string) (wall, share float64, err error) {
	stop := clock()
	plan, _, err := b.verdict(ctx, source)
	if err != nil {
		return 0, 0, err
	}
	work, err := b.pictures(ctx, source, plan, plan.Chunks(), true)
	if err != nil {
		return 0, 0, err
	}
	packing, err := b.finish(ctx, work.join)
	wall, _ = stop()
	return wall, packing / wall, err
}

// bytes compares the top rung with the fixed-rate one of the same size.
func (b *bench) bytes(ctx context.Context, name, source string, floor, ssimFloor float64) ([]report.Figure, error) {
	probe, err := b.tool.Probe(ctx, source)
	if err != nil {
		return nil, err
	}
	plan := transcode.NewPlan(probe, transcode.PlanOptions{})
	plan.Rungs = plan.Rungs[:1]
	plan.AudioIndex = -1 // the picture is compared; silence costs both next to nothing
	made, err := b.encode(ctx, source, plan)
	if err != nil {
		return nil, err
	}
	fixed, err := b.fixedRate(ctx, source, plan, plan.Rungs[0])
	if err != nil {
		return nil, err
	}
	var sizes, ssims [2]float64
	for i, dir := range []string{made[0].Dir, fixed} {
		if sizes[i], err = size(dir); err != nil {
			return nil, err
		}
		if ssims[i], err = b.ssim(ctx, dir, source, plan, plan.Rungs[0]); err != nil {
			return nil, err
		}
	}
	input := name + ", " + plan.Rungs[0].String()
	return []report.Figure{
		{Name: name + "_bytes", Input: input, Value: sizes[0] / sizes[1], Peer: sizes[1], Ratio: sizes[0] / sizes[1], Floor: floor, Better: "lower", Runs: sizes[:1]},
		{Name: name + "_ssim", Input: input, Value: ssims[0], Peer: ssims[1], Ratio: ssims[0] / ssims[1], Floor: ssimFloor, Better: "higher", Runs: ssims[:1]},
	}, nil
}

// childrenCPU is the processor time of all ended children in seconds.
func childrenCPU() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u) // cannot fail
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// residentMiB is the most this process used plus the most any child did.
func residentMiB() float64 {
	var self, children syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self) // cannot fail
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children)
	return float64(self.Maxrss+children.Maxrss) / 1024
}
