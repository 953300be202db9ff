package main

import (
	"context"
	"time"
)

// importLook is how often to look for lists of people that nobody works on:
// those whose process was killed. Fresh ones are told of.
const importLook = 15 * time.Second

// importsWait tells runImports that a list was received.
func (s *server) importsWait() {
	select {
	case s.imports <- struct{}{}:
	default: // it is told already
	}
}

// runImports takes in lists of people until ctx ends. What fails is tried again.
func (s *server) runImports(ctx context.Context) {
	again := time.NewTicker(importLook)
	defer again.Stop()
	for {
		if finished, err := s.store.WorkImports(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "list of people not taken in", "error", err)
		} else if finished > 0 {
			s.log.InfoContext(ctx, "lists of people taken in", "lists", finished)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.imports:
		case <-again.C:
		}
	}
}
