package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// drill is one thing that is broken.
type drill struct {
	name     string
	breaks   string // what happens
	expected string
	limit    time.Duration
	do       func(context.Context, *machine) (seen string, err error)
}

// drills in the order they are run: the first leaves a recording that later ones play.
var drills = []drill{
	{
		"node", "one of two API processes and one of three workers are killed while a recording is encoded",
		"every doctor's beats go on within 10 s, and the recording becomes ready", 5 * time.Minute, killNode,
	},
	{
		"zone", "an API process, a worker and the database die at once; the database's stand-by is there 5 s later",
		"the other API process stays alive, beats are refused with Retry-After and acknowledged within 15 s of the database's return", 3 * time.Minute, killZone,
	},
	{
		"database", "the database is cut off for 10 s: connections stay open and nothing answers",
		"players queue what is watched, the API stays alive, all of it is acknowledged within 10 s of the return", 3 * time.Minute, cutDatabase,
	},
	{
		"disk", "the database's disk is full",
		"beats are refused with Retry-After, and go on within 30 s once there is room", 3 * time.Minute, fillDisk,
	},
	{
		"keys", "the signing key is revoked and replaced while a doctor plays",
		"her next segment is refused; asking once more for playback is enough to go on", 3 * time.Minute, expireKeys,
	},
	{
		"flood", "forty connections guess codes of one account for 10 s",
		"guesses are refused with 429, at most five mails reach the account, another doctor signs in meanwhile, beats go on within 10 s", 3 * time.Minute, floodSignIn,
	},
}

// outcome is what drill.json has of each.
type outcome struct {
	Name     string  `json:"name"`
	Breaks   string  `json:"breaks"`
	Expected string  `json:"expected"`
	Seen     string  `json:"seen"`
	Passed   bool    `json:"passed"`
	TookS    float64 `json:"took_s"`
}

func main() {
	rounds := flag.String("rounds", ".bin/rounds", "the rounds program")
	only := flag.String("only", "", "names of drills, with commas between; empty runs all")
	out := flag.String("out", "", "file that the outcomes are written to as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *rounds, *only, *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "drills:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds, only, out string) (err error) {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	m, err := newMachine(ctx, rounds)
	if m != nil {
		defer func() { err = errors.Join(err, m.close()) }()
	}
	if err != nil {
		return err
	}
	outcomes := make([]outcome, 0, len(chosen)+1)
	for _, d := range chosen {
		outcomes = append(outcomes, m.drill(ctx, d))
	}
	outcomes = append(outcomes, m.drill(ctx, drill{
		"record", "nothing any more: the doctors stop",
		"every acknowledged second of every doctor is on record, once", time.Minute, compareRecord,
	}))
	if out != "" {
		if err := write(out, outcomes); err != nil {
			return err
		}
	}
	if failed := slices.DeleteFunc(outcomes, func(o outcome) bool { return o.Passed }); len(failed) > 0 {
		return fmt.Errorf("%d of %d did not go as expected", len(failed), len(chosen)+1)
	}
	return nil
}

// choose returns the drills with these names, in their own order.
func choose(only string) ([]drill, error) {
	if only == "" {
		return drills, nil
	}
	names := strings.Split(only, ",")
	chosen := slices.DeleteFunc(slices.Clone(drills), func(d drill) bool { return !slices.Contains(names, d.name) })
	if len(chosen) != len(names) {
		return nil, fmt.Errorf("%q names a drill that does not exist; there are: %s", only, strings.Join(named(), ", "))
	}
	return chosen, nil
}

func named() (names []string) {
	for _, d := range drills {
		names = append(names, d.name)
	}
	return names
}

// drill runs one and prints it.
func (m *machine) drill(ctx context.Context, d drill) outcome {
	fmt.Printf("\n%s: %s\n  expected  %s\n", d.name, d.breaks, d.expected)
	m.crowd.LongestGap() // forget what was before
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	began := time.Now()
	seen, err := d.do(ctx, m)
	o := outcome{Name: d.name, Breaks: d.breaks, Expected: d.expected, Seen: seen, Passed: err == nil, TookS: time.Since(began).Seconds()}
	word := "as expected"
	if err != nil {
		word, o.Seen = "NOT AS EXPECTED", strings.Trim(seen+"; "+err.Error(), "; ")
	}
	fmt.Printf("  seen      %s\n  %s, after %.0f s\n", o.Seen, word, o.TookS)
	if err != nil {
		m.tails()
	}
	return o
}

func write(path string, outcomes []outcome) error {
	text, err := json.MarshalIndent(map[string]any{"at": time.Now().UTC().Format(time.RFC3339), "drills": outcomes}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644) //nolint:gosec // nothing secret
}
