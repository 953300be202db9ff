package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// agreement tells whether somebody agrees to what was shown.
type agreement func(ctx context.Context, question string) (bool, error)

// errStopped ends a run that was not agreed to.
var errStopped = errors.New("stopped; run it again to go on from here")

// always agrees: somebody did, to everything, before.
func always(context.Context, string) (bool, error) { return true, nil }

// askYes agrees to "y" and "yes" and to nothing else; the end of the input is a no.
func askYes(in io.Reader, out io.Writer) agreement {
	lines := bufio.NewReader(in)
	return func(ctx context.Context, question string) (bool, error) {
		answer, err := ask(ctx, lines, out, question+" [y/N] ")
		return slices.Contains([]string{"y", "yes"}, strings.ToLower(answer)), err
	}
}

// askName agrees to the name of what goes.
func askName(in io.Reader, out io.Writer, name string) agreement {
	lines := bufio.NewReader(in)
	return func(ctx context.Context, question string) (bool, error) {
		answer, err := ask(ctx, lines, out, question+". Type its name: ")
		return answer == name, err
	}
}

// ask returns the next line of the input, or the error of ctx when that ends first.
func ask(ctx context.Context, lines *bufio.Reader, out io.Writer, prompt string) (string, error) {
	if _, err := fmt.Fprint(out, prompt); err != nil {
		return "", err
	}
	answer := make(chan string, 1)
	failed := make(chan error, 1)
	go func() { // it ends with the program when nobody answers
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			failed <- err
			return
		}
		answer <- strings.TrimSpace(line)
	}()
	select {
	case line := <-answer:
		return line, nil
	case err := <-failed:
		return "", fmt.Errorf("read the answer: %w", err)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
