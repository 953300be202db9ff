package catalogdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
)

// bigTables grow with people and what they do, and are never read whole to
// answer somebody. Programs, courses and webinars are some thousands.
var bigTables = []string{
	"accounts", "enrolments", "invitations", "audit_log", "captions", "caption_cues", "completions", "account_import_rows", "coverage", "coverage_union",
}

// listened is a query that a method has sent.
type listened struct {
	sql  string
	args []any
}

// listener is a pgx.QueryTracer that remembers queries.
type listener struct {
	mu      sync.Mutex
	queries []listened
}

func (l *listener) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queries = append(l.queries, listened{q.SQL, q.Args})
	return ctx
}

func (l *listener) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (l *listener) take() []listened {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.queries
	l.queries = nil
	return taken
}

// filled is a store over a database with enough in it for the planner to mind.
func filled(t *testing.T) (*Store, *pgxpool.Pool, *listener) {
	t.Helper()
	config, err := pgxpool.ParseConfig(schematest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	heard := &listener{}
	config.ConnConfig.Tracer = heard
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, sql := range []string{
		`set session_replication_role = replica`, // no triggers: this is about reading
		`insert into programs (id, title) select 'prg_' || n, 'Certificate ' || n from generate_series(1, 20) n`,
		`insert into program_rules (program_id, version, threshold_percent, counts, max_rate) select id, 1, 90, 'union', 2 from programs`,
		`insert into courses (id, program_id, title, position) select 'crs_' || n, 'prg_' || 1 + n % 20, 'Subject ' || n, n from generate_series(1, 200) n`,
		`insert into webinars (id, course_id, title, position, current_recording_id) select 'web_' || n, 'crs_' || 1 + n % 200, 'Talk ' || md5(n::text), n, 'rec_' || n from generate_series(1, 1000) n`,
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, published_at) select 'rec_' || n, 'web_' || 1 + n % 1000, 'x', 1, 1, 'ready', now() from generate_series(1, 5000) n`,
		`insert into accounts (id, email, name, roles) select 'acc_' || n, n || '@x.org', 'Dr ' || md5(n::text), case when n % 100 = 0 then '{presenter}'::text[] else '{doctor}' end from generate_series(1, 20000) n`,
		`insert into enrolments (id, program_id, account_id, via) select 'enr_' || n, 'prg_' || 1 + n % 20, 'acc_' || n, 'admin' from generate_series(1, 20000) n`,
		`insert into webinar_presenters select 'web_' || 1 + n % 1000, 'acc_' || n * 100 % 20000 + 100 from generate_series(1, 5000) n on conflict do nothing`,
		`insert into invitations (id, program_id, code_hash) select 'inv_' || n, 'prg_' || 1 + n % 20, n::text::bytea from generate_series(1, 20000) n`,
		`insert into audit_log (actor, action, object_type, object_id) select 'acc_1', 'x', 'account', 'acc_' || n from generate_series(1, 20000) n`,
		`insert into captions (recording_id, lang, webvtt, cues, ends_ms, search) select 'rec_' || n, 'en', repeat('x', 5000), 1, 1, search_vector(md5(n::text) || case when n % 20 = 0 then ' heart' else ' lung' end) from generate_series(1, 1000) n`,
		`insert into caption_cues (recording_id, lang, n, start_ms, words, own, search) select 'rec_' || 1 + n % 1000, 'en', n / 1000, n, 'heart', search_vector('heart'), search_vector('heart') from generate_series(1, 30000) n`,
		`insert into completions (enrolment_id, webinar_id, rule_version, recording_id) select 'enr_' || n, 'web_' || 1 + n % 1000, 1, '' from generate_series(1, 20000) n`,
		`insert into account_imports (id) select 'aim_' || n from generate_series(1, 20) n`,
		`insert into account_import_rows (import_id, line, outcome) select 'aim_' || 1 + n % 20, n, 'created' from generate_series(1, 20000) n`,
		`set session_replication_role = origin`,
		`analyze`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	heard.take()
	return New(db, Hooks{}), db, heard
}

// TestNoListReadsABigTableWhole runs the lists and searches and looks at the
// plan of each query that they send.
func TestNoListReadsABigTableWhole(t *testing.T) {
	t.Parallel()
	s, db, heard := filled(t)
	ctx := t.Context()
	admin := identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RoleAdmin}}
	doctor := identity.Principal{AccountID: "acc_77", Roles: []identity.Role{identity.RoleDoctor}}
	first := catalog.PageRequest{Limit: 50}
	deep := func(c catalog.Cursor) catalog.PageRequest { return catalog.PageRequest{Limit: 50, Cursor: c.String()} }
	later := time.Now().Add(time.Hour)
	calls := map[string]func() error{
		"accounts": func() error {
			_, err := s.Accounts(ctx, identity.AccountFilter{}, deep(catalog.Cursor{ID: "acc_5"}))
			return err
		},
		"accounts by address": func() error { _, err := s.Accounts(ctx, identity.AccountFilter{Email: "77@x.org"}, first); return err },
		"accounts by role": func() error {
			_, err := s.Accounts(ctx, identity.AccountFilter{Role: identity.RolePresenter}, first)
			return err
		},
		"accounts disabled": func() error { _, err := s.Accounts(ctx, identity.AccountFilter{Disabled: true}, first); return err },
		"enrolments":        func() error { _, err := s.Enrolments(ctx, "prg_3", deep(catalog.Cursor{ID: "enr_5"})); return err },
		"enrolments of":     func() error { _, err := s.EnrolmentsOf(ctx, "acc_77"); return err },
		"invitations":       func() error { _, err := s.Invitations(ctx, "prg_3", deep(catalog.Cursor{ID: "inv_5"})); return err },
		"audit log": func() error {
			_, err := s.AuditLog(ctx, identity.AuditFilter{}, deep(catalog.Cursor{ID: "5000"}))
			return err
		},
		"audit log of":          func() error { _, err := s.AuditLog(ctx, identity.AuditFilter{ObjectID: "acc_77"}, first); return err },
		"audit log by actor":    func() error { _, err := s.AuditLog(ctx, identity.AuditFilter{Actor: "acc_2"}, first); return err },
		"audit log by action":   func() error { _, err := s.AuditLog(ctx, identity.AuditFilter{Action: "webinar."}, first); return err },
		"audit log by time":     func() error { _, err := s.AuditLog(ctx, identity.AuditFilter{Since: &later}, first); return err },
		"programs of a doctor":  func() error { _, err := s.Programs(ctx, doctor, first); return err },
		"courses for a doctor":  func() error { _, err := s.Courses(ctx, doctor, "prg_18", first); return err },
		"webinars":              func() error { _, err := s.Webinars(ctx, admin, "crs_3", first); return err },
		"webinars for a doctor": func() error { _, err := s.FindWebinars(ctx, doctor, catalog.WebinarFilter{}, first); return err },
		"webinars of a speaker": func() error {
			_, err := s.FindWebinars(ctx, admin, catalog.WebinarFilter{Presenter: "acc_300"}, first)
			return err
		},
		"presented":              func() error { _, err := s.PresentedBy(ctx, "acc_300"); return err },
		"search":                 func() error { _, err := s.Search(ctx, admin, "heart", first); return err },
		"search as a doctor":     func() error { _, err := s.Search(ctx, doctor, "talk heart", first); return err },
		"search for a presenter": func() error { _, err := s.Search(ctx, doctor, "c4ca4238", first); return err },
		"rows of an import": func() error {
			_, err := s.ImportedRows(ctx, "aim_3", identity.RowCreated, deep(catalog.Cursor{ID: "line", Position: 500}))
			return err
		},
		"materials": func() error { _, err := s.Materials(ctx, "web_3", true); return err },
	}
	for name, call := range calls {
		if err := call(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, q := range heard.take() {
			for _, table := range wholeTables(t, db, q) {
				t.Errorf("%s reads %s whole: %s", name, table, strings.Join(strings.Fields(q.sql), " "))
			}
		}
		heard.take()
	}
}

// wholeTables are the big tables that the plan of a query scans.
func wholeTables(t *testing.T, db *pgxpool.Pool, q listened) (found []string) {
	t.Helper()
	if word, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(q.sql)), " "); !slices.Contains([]string{"select", "with"}, strings.Fields(word)[0]) {
		return nil
	}
	var text string
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		if strings.Contains(q.sql, "tsquery") { // as Search does
			if _, err := tx.Exec(t.Context(), `set local enable_seqscan = off`); err != nil {
				return err
			}
		}
		return tx.QueryRow(t.Context(), `explain (format json) `+q.sql, q.args...).Scan(&text)
	})
	if err != nil {
		t.Fatalf("explain %s: %v", q.sql, err)
	}
	var plans []map[string]any
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	var walk func(node map[string]any)
	walk = func(node map[string]any) {
		if table := fmt.Sprint(node["Relation Name"]); strings.Contains(fmt.Sprint(node["Node Type"]), "Seq Scan") && slices.Contains(bigTables, table) {
			found = append(found, table)
		}
		children, _ := node["Plans"].([]any)
		for _, child := range children {
			walk(child.(map[string]any))
		}
	}
	walk(plans[0]["Plan"].(map[string]any))
	return found
}
