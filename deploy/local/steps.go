package main

import (
	"fmt"
	"io"
	"time"
)

// steps prints one line a step: what is done, then how long it took.
type steps struct {
	out       io.Writer
	done, all int
}

// do runs one step.
func (s *steps) do(what string, run func() error) error {
	s.done++
	_, _ = fmt.Fprintf(s.out, "[%d/%d] %s … ", s.done, s.all, what)
	start := time.Now()
	if err := run(); err != nil {
		_, _ = fmt.Fprintln(s.out, "failed")
		return fmt.Errorf("%s: %w", what, err)
	}
	_, _ = fmt.Fprintf(s.out, "%.1f s\n", time.Since(start).Seconds())
	return nil
}
