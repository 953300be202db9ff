package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	report "rounds/deploy/bench"
	"rounds/playback"
	"rounds/playback/playbackdb"
)

// ledgerDoctors all send at the same time, one beat after the other.
const ledgerDoctors = 2000

// measureLedger compares the ledger without HTTP: this program as it is, and
// built with one transaction a beat in either way. Each run is a child, so that both pay the
// same for their start.
func (b *bench) measureLedger(ctx context.Context) ([]report.Figure, error) {
	var sides []func() (float64, error)
	for _, tag := range []string{"", singleTag, onesTag} {
		program := filepath.Join(b.dir, "ledger"+tag)
		if err := goBuild(ctx, program, "./deploy/bench/playback", "-tags", tag); err != nil {
			return nil, err
		}
		sides = append(sides, func() (float64, error) { return b.ledgerChild(ctx, program) })
	}
	db, err := b.database(ctx, "ledger")
	if err != nil {
		return nil, err
	}
	if err := seedWatching(ctx, db, ledgerDoctors); err != nil {
		return nil, err
	}
	results, err := alternate(b.runs, sides...)
	if err != nil {
		return nil, err
	}
	input := fmt.Sprintf("%d doctors, without HTTP, %.0f beats/s", ledgerDoctors, report.Median(results[0]))
	return []report.Figure{
		against("ledger_vs_single", input, results[0], results[1], 8),
		against("ledger_vs_groups_of_one", input, results[0], results[2], 0),
	}, nil
}

func (b *bench) ledgerChild(ctx context.Context, program string) (float64, error) {
	child := exec.CommandContext(ctx, program, "--ledger", b.cluster.URL("ledger"), "--run", b.run.String()) //nolint:gosec // our own program
	var problems bytes.Buffer
	child.Stderr = &problems
	out, err := child.Output()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, problems.String())
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// runLedger is the child: it prints how many beats were durable in a second.
func runLedger(ctx context.Context, o options) error {
	config, err := pgxpool.ParseConfig(o.ledger)
	if err != nil {
		return err
	}
	config.MaxConns = 16 // as rounds serve
	db, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer db.Close()
	var first int64
	if err := db.QueryRow(ctx, `select coalesce(max(upper(seqs)), 1) from playback_sessions`).Scan(&first); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.run)
	defer cancel()
	started := time.Now()
	beats, err := sendBeats(ctx, playbackdb.New(db, nil), ledgerDoctors, first, 1<<40)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(os.Stdout, float64(beats)/time.Since(started).Seconds())
	return err
}

// sendBeats has every doctor send beats from a number on, up to most of them
// each, until ctx ends; it returns how many were acknowledged.
func sendBeats(ctx context.Context, store *playbackdb.Store, doctors int, first, most int64) (int64, error) {
	var sent atomic.Int64
	problems := make([]error, doctors)
	var senders sync.WaitGroup
	for i := range doctors {
		senders.Go(func() {
			n := strconv.Itoa(i + 1)
			for seq := first; seq < first+most && ctx.Err() == nil; seq++ {
				at := seq * beatMS
				_, err := store.Beat(ctx, playback.BeatRequest{
					SessionID: catalog.PlaybackSessionID("pbs_" + n), AccountID: catalog.AccountID("acc_" + n),
					Beat: playback.Beat{Seq: seq, Speed: playback.NormalSpeed, PositionMS: at, Watched: playback.NewRanges(playback.Range{From: at - beatMS, To: at})},
				})
				if err != nil {
					if ctx.Err() == nil {
						problems[i] = err
					}
					return
				}
				sent.Add(1)
			}
		})
	}
	senders.Wait()
	return sent.Load(), errors.Join(problems...)
}
