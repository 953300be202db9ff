package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
	report "rounds/deploy/bench"
	"rounds/deploy/local/pgtest"
	"rounds/deploy/schema"
	"rounds/playback/playbackdb"
)

func main() {
	out := flag.String("out", "data/bench/catalog.json", "file to write")
	coverage := flag.Int("coverage", 5_000_000, "rows of coverage")
	calls := flag.Int("calls", 1000, "calls of each query")
	limit := flag.Duration("limit", 20*time.Minute, "the program gives up then")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, *limit)
	err := run(ctx, *out, *coverage, *calls)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench catalog:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, coverage, calls int) error {
	dir, err := os.MkdirTemp("", "rounds-bench-catalog-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)                      //nolint:errcheck // below the system's temporary folder
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the database's user has to pass
		return err
	}
	cluster, err := pgtest.New(ctx, dir+"/pg", "shared_buffers=512MB", "max_wal_size=8GB")
	if err != nil {
		return err
	}
	if err := cluster.Start(ctx); err != nil {
		return err
	}
	defer cluster.Stop() //nolint:errcheck // it is a throw-away
	db, err := pgxpool.New(ctx, cluster.URL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	if err := schema.Up(ctx, db); err != nil {
		return err
	}
	began := time.Now()
	if err := seed(ctx, db, coverage); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	fmt.Printf("filled in %v\n", time.Since(began).Round(time.Second))
	figures, err := measure(ctx, db, coverage, calls)
	if err != nil {
		return err
	}
	report.Print(figures)
	return report.Write(out, figures)
}

// query is one thing to measure; do gets a random number.
type query struct {
	name string
	do   func(ctx context.Context, n int) error
	peer func(ctx context.Context, n int) error
}

func measure(ctx context.Context, db *pgxpool.Pool, coverage, calls int) ([]report.Figure, error) {
	input := fmt.Sprintf("%d accounts, %d webinars, %d coverage rows; %d calls, 2 readers", accounts, webinars, coverage, calls)
	var figures []report.Figure
	for _, q := range queries(db) {
		p99, err := slowest(ctx, calls, q.do)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		f := report.Figure{Name: q.name + "_p99_ms", Input: input, Value: p99, Floor: 50, Better: "lower", Runs: []float64{p99}}
		if q.peer != nil {
			if f.Peer, err = slowest(ctx, min(calls, 40), q.peer); err != nil {
				return nil, fmt.Errorf("peer of %s: %w", q.name, err)
			}
			f.Ratio = f.Value / f.Peer
		}
		figures = append(figures, f)
	}
	taken, err := importDoctors(ctx, db)
	return append(figures, taken), err
}

// slowest sends calls from two readers and returns the p99 in milliseconds. The
// first calls of each, which read what is not in memory yet, count too.
func slowest(ctx context.Context, calls int, do func(context.Context, int) error) (float64, error) {
	const readers = 2
	took := make([][]float64, readers)
	group, ctx := errgroup.WithContext(ctx)
	for r := range readers {
		group.Go(func() error {
			random := rand.New(rand.NewPCG(1, uint64(r))) //nolint:gosec // G404, G115: a sequence that repeats
			for range calls / readers {
				began := time.Now()
				if err := do(ctx, random.IntN(1<<30)); err != nil {
					return err
				}
				took[r] = append(took[r], float64(time.Since(began).Microseconds())/1000)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	return all[len(all)*99/100], nil
}

// queries are what is measured, one line each.
func queries(db *pgxpool.Pool) []query { //nolint:funlen // a list
	s, plays := catalogdb.New(db, catalogdb.Hooks{}), playbackdb.New(db, nil)
	admin := identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RoleAdmin}}
	doctor := func(n int) identity.Principal {
		return identity.Principal{AccountID: account(n), Roles: []identity.Role{identity.RoleDoctor}}
	}
	program := func(n int) catalog.ProgramID { return catalog.ProgramID(fmt.Sprint("prg_", 1+n%programs)) }
	own := func(n int) catalog.ProgramID { return catalog.ProgramID(fmt.Sprint("prg_", 1+(1+n%accounts)%programs)) }
	after := func(prefix string, n int) catalog.PageRequest {
		return catalog.PageRequest{Limit: 50, Cursor: catalog.Cursor{ID: fmt.Sprint(prefix, 1+n%accounts)}.String()}
	}
	first := catalog.PageRequest{Limit: 50}
	word := func(n int) string { return []string{"heart", "stroke risk", "valve1", "renal trial", "rhythm42"}[n%5] }
	like := func(sql string) func(context.Context, int) error {
		return func(ctx context.Context, n int) error {
			_, err := db.Exec(ctx, sql, "%"+strings.Fields(word(n))[0]+"%")
			return err
		}
	}
	return []query{
		{name: "programs_of_doctor", do: func(ctx context.Context, n int) error { _, err := s.Programs(ctx, doctor(n), first); return err }},
		{name: "courses_of_doctor", do: func(ctx context.Context, n int) error { _, err := s.Courses(ctx, doctor(n), own(n), first); return err }},
		{name: "webinars_of_course", do: func(ctx context.Context, n int) error {
			_, err := s.Webinars(ctx, admin, catalog.CourseID(fmt.Sprint("crs_", 1+n%courses)), first)
			return err
		}},
		{name: "webinars_of_doctor", do: func(ctx context.Context, n int) error {
			_, err := s.FindWebinars(ctx, doctor(n), catalog.WebinarFilter{}, first)
			return err
		}},
		{name: "progress_of_doctor", do: func(ctx context.Context, n int) error {
			_, err := plays.ProgramProgress(ctx, account(n), own(n))
			return err
		}},
		{name: "accounts", do: func(ctx context.Context, n int) error {
			_, err := s.Accounts(ctx, identity.AccountFilter{}, after("acc_", n))
			return err
		}},
		{name: "accounts_by_role", do: func(ctx context.Context, _ int) error {
			_, err := s.Accounts(ctx, identity.AccountFilter{Role: identity.RolePresenter}, first)
			return err
		}},
		{name: "enrolments", do: func(ctx context.Context, n int) error {
			_, err := s.Enrolments(ctx, program(n), after("enr_", n))
			return err
		}},
		{name: "invitations", do: func(ctx context.Context, n int) error {
			_, err := s.Invitations(ctx, program(n), after("inv_", n))
			return err
		}},
		{name: "audit_of_object", do: func(ctx context.Context, n int) error {
			_, err := s.AuditLog(ctx, identity.AuditFilter{ObjectID: string(account(n))}, first)
			return err
		}},
		{
			name: "search_admin", do: func(ctx context.Context, n int) error {
				_, err := s.Search(ctx, admin, word(n), catalog.PageRequest{Limit: 20})
				return err
			},
			peer: like(`select (select count(*) from webinars where title ilike $1) + (select count(*) from captions where webvtt ilike $1)`),
		},
		{name: "search_doctor", do: func(ctx context.Context, n int) error {
			_, err := s.Search(ctx, doctor(n), word(n), catalog.PageRequest{Limit: 20})
			return err
		}},
		{name: "search_presenter", do: func(ctx context.Context, n int) error {
			_, err := s.Search(ctx, admin, []string{"ana", "bo", "cy", "di"}[n%4], catalog.PageRequest{Limit: 20})
			return err
		}},
	}
}

func account(n int) catalog.AccountID { return catalog.AccountID(fmt.Sprint("acc_", 1+n%accounts)) }

// importDoctors takes twenty thousand doctors in beside the hundred thousand
// that are there.
func importDoctors(ctx context.Context, db *pgxpool.Pool) (report.Figure, error) {
	const doctors = 20_000
	var list strings.Builder
	list.WriteString("email,name,country,time_zone\n")
	for i := range doctors {
		fmt.Fprintf(&list, "fresh%d@clinic.org,Dr Fresh %d,PT,Europe/Lisbon\n", i, i)
	}
	s := catalogdb.New(db, catalogdb.Hooks{})
	began := time.Now()
	made, err := s.NewAccountImport(ctx, identity.AccountImport{ProgramID: "prg_1"}, strings.NewReader(list.String()))
	if err != nil {
		return report.Figure{}, err
	}
	if _, err := s.WorkImports(ctx); err != nil {
		return report.Figure{}, err
	}
	took := time.Since(began).Seconds()
	if made, err = s.AccountImport(ctx, made.ID); err != nil || made.Enrolled != doctors {
		return report.Figure{}, fmt.Errorf("imported %d of %d: %w", made.Enrolled, doctors, err)
	}
	return report.Figure{Name: "import_20000_doctors_s", Input: fmt.Sprintf("a CSV of %d KiB", list.Len()>>10), Value: took, Floor: 30, Better: "lower", Runs: []float64{took}}, nil
}
