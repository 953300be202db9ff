package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestCommandsOfRunbooksExist parses each `rounds …` of the operators' pages as the
// program would. What a setting or a file is missing for is not its business.
func TestCommandsOfRunbooksExist(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "deploy")
	names, err := filepath.Glob(filepath.Join(root, "runbooks", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, filepath.Join(root, "backup", "README.md"), filepath.Join(root, "docs", "care.md"))
	command := regexp.MustCompile("(?m)(?:^|`)rounds ([a-z][^`\n>]*)")
	parsed := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(text), -1) {
			line, _, _ := strings.Cut(m[1], "#")
			line, _, _ = strings.Cut(line, "…")
			parsed++
			if err := parses(t, strings.Fields(strings.ReplaceAll(line, "--help", ""))); err != nil {
				t.Errorf("%s: rounds %s: %v", name, line, err)
			}
		}
	}
	if parsed < 40 {
		t.Errorf("only %d commands were found", parsed)
	}
}

// parses returns what the grammar says against a command line: not that something
// is missing, but that there is no such command or flag.
func parses(t *testing.T, words []string) error {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Name("rounds"), kong.DefaultEnvars("ROUNDS"), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}),
		kong.BindTo(context.Background(), (*context.Context)(nil)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(words)
	if err == nil {
		return nil
	}
	for _, unknown := range []string{"unknown flag", "unexpected argument", "unknown argument", "must be one of"} {
		if strings.Contains(err.Error(), unknown) {
			return err
		}
	}
	return nil
}
