package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
)

// local is what this program reads of data/local.json.
type local struct {
	BaseURL     string `json:"base_url"`
	AdminToken  string `json:"admin_token"`
	DatabaseURL string `json:"database_url"`
	MailDir     string `json:"mail_dir"`
	Demo        struct {
		ProgramID string `json:"program_id"`
		WebinarID string `json:"webinar_id"`
	} `json:"demo"`
}

func main() {
	settings := flag.String("local", "data/local.json", "what make run has written")
	k6 := flag.String("k6", ".bin/k6", "the k6 program")
	doctors := flag.Int("doctors", 0, "doctors who are signed in; the scenarios go round them. 0: 2,000, and for signin and spot as many as come")
	summary := flag.String("summary", "", "file that k6 writes its summary to as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *settings, *k6, *summary, *doctors)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, settings, k6, summary string, doctors int) error {
	text, err := os.ReadFile(settings)
	if err != nil {
		return fmt.Errorf("start the service with `make run` first: %w", err)
	}
	var l local
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	if l.Demo.WebinarID == "" {
		return fmt.Errorf("%s names no demo webinar: start `make run` without DEMO=0", settings)
	}
	who, err := prepare(ctx, l, doctors)
	if err != nil {
		return err
	}
	var events []string
	if os.Getenv("SCENARIO") == spot {
		if events, err = openSpot(ctx, l, who.signIns); err != nil {
			return err
		}
	}
	codes, err := serveCodes(ctx, l.MailDir)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "rounds-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	file := filepath.Join(dir, "doctors.json")
	if text, err = json.Marshal(who.cookies); err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return err
	}
	args := []string{"run", "--quiet"}
	if summary != "" {
		args = append(args, "--summary-export="+summary)
	}
	child := exec.CommandContext(ctx, k6, append(args, "deploy/load/playback.js")...) //nolint:gosec // the operator's own arguments
	child.Env = append(os.Environ(), "BASE_URL="+l.BaseURL, "WEBINAR_ID="+l.Demo.WebinarID, "DOCTORS="+file, "CODES="+codes, "SIGN_INS="+strconv.Itoa(who.signIns), "SIGN_IN_FROM="+strconv.Itoa(who.signInFrom), "EVENT_CODES="+strings.Join(events, ","), "RUN="+strconv.FormatInt(time.Now().Unix(), 36), "K6_NO_USAGE_REPORT=true")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGINT) }
	return child.Run()
}

// Scenarios in which doctors sign in by themselves.
const (
	spot    = "spot"
	signin  = "signin"
	evening = "evening"
	crowd   = "crowd" // they do not, but many watch while others arrive
)

// expected is how many doctors come at RATE 1; see playback.js.
const expected = 13_000

// cast is who takes part: those who are signed in already, and how many sign in
// or register by themselves, from which one on.
type cast struct {
	cookies             []string
	signIns, signInFrom int
}

// prepare enrols doctors, where missing, and signs those in who watch.
func prepare(ctx context.Context, l local, doctors int) (who cast, err error) {
	rate, err := strconv.ParseFloat(cmp.Or(os.Getenv("RATE"), "1"), 64)
	if err != nil {
		return who, fmt.Errorf("RATE: %w", err)
	}
	db, err := pgxpool.New(ctx, l.DatabaseURL)
	if err != nil {
		return who, err
	}
	defer db.Close()
	coming := max(100, int(expected*rate))
	switch os.Getenv("SCENARIO") {
	case spot: // they register themselves
		who.signIns = cmp.Or(doctors, coming)
		who.cookies = make([]string, who.signIns)
		return who, nil
	case signin:
		who.signIns = cmp.Or(doctors, coming)
		who.cookies = make([]string, who.signIns)
		return who, enrol(ctx, db, l, who.signIns)
	case evening: // k6 numbers its users over all who take part; none may be the same doctor
		who.signIns, doctors = coming, cmp.Or(doctors, 4000)
	case crowd: // likewise; a third of them arrive
		doctors = cmp.Or(doctors, 6000)
	}
	who.signInFrom = cmp.Or(doctors, 2000)
	if err := enrol(ctx, db, l, who.signInFrom+who.signIns); err != nil {
		return who, err
	}
	who.cookies, err = signIn(ctx, db, who.signInFrom)
	return who, err
}

func enrol(ctx context.Context, db *pgxpool.Pool, l local, doctors int) error {
	for _, sql := range []string{
		`insert into accounts (id, email, name) select 'acc_load_' || n, 'load-' || n || '@example.org', 'Load' from generate_series(1, $1::int) n
			where $2 <> '' on conflict do nothing`,
		`insert into enrolments (id, program_id, account_id, via) select 'enr_load_' || n, $2, 'acc_load_' || n, 'admin' from generate_series(1, $1::int) n
			on conflict do nothing`,
	} {
		if _, err := db.Exec(ctx, sql, doctors, l.Demo.ProgramID); err != nil {
			return err
		}
	}
	return nil
}

func signIn(ctx context.Context, db *pgxpool.Pool, doctors int) ([]string, error) {
	manager, cookies := logins.New(logins.Config{DB: db}), make([]string, doctors)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range cookies {
		group.Go(func() error {
			cookie, err := manager.Start(ctx, identity.Login{AccountID: catalog.AccountID("acc_load_" + strconv.Itoa(i+1)), Remembered: true})
			if err == nil {
				cookies[i] = cookie.Value
			}
			return err
		})
	}
	return cookies, group.Wait()
}
