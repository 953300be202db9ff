package transcode

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"rounds/catalog"
)

// Ended is how the processing of a recording ended, for the figures of an
// operator. Attempts after which it goes on elsewhere are not told of.
type Ended struct {
	Result string // EndedReady and so on
	Code   string // of a refusal
	Took   time.Duration
	Stages map[string]time.Duration // by name; of one that is ready
}

// The results of processing.
const (
	EndedReady   = "ready"
	EndedRefused = "refused" // the file's fault
	EndedFailed  = "failed"  // ours
)

func (p *Pipeline) trace() catalog.Tracer { return catalog.Traced(p.Trace) }

func (p *Pipeline) observe(e Ended) {
	if p.Observe != nil {
		p.Observe(e)
	}
}

// step does a part of an attempt in a span of its own.
func (p *Pipeline) step(ctx context.Context, name string, do func(context.Context, catalog.Span) error) error {
	ctx, span := p.trace().Begin(ctx, name)
	err := do(ctx, span)
	span.End(spanError(err))
	return err
}

// spanError is what a span is told of err: a file that cannot be used is no
// fault, and neither is handing work back.
func spanError(err error) error {
	var unusable *UnusableError
	if errors.As(err, &unusable) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// readyAfter tells how long the stages of a recording that is ready have taken.
func readyAfter(stages []catalog.Stage) Ended {
	e := Ended{Result: EndedReady, Stages: map[string]time.Duration{}}
	for _, s := range stages {
		if s.StartedAt != nil && s.FinishedAt != nil {
			e.Stages[s.Name] = s.FinishedAt.Sub(*s.StartedAt)
		}
	}
	if first, last := stages[0].FinishedAt, stages[len(stages)-1].FinishedAt; first != nil && last != nil {
		e.Took = last.Sub(*first)
	}
	return e
}

// describe is what a span tells of a plan.
func describe(plan Plan) []slog.Attr {
	return []slog.Attr{
		slog.Float64("media.seconds", lengthOf(plan, plan.Frames).Seconds()), slog.Int("plan.rungs", len(plan.Rungs)),
		slog.Int("plan.chunks", len(plan.Chunks())), slog.String("plan.content", string(plan.Content)),
	}
}
