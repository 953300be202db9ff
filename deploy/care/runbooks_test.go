package care_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/deploy/care"
	"rounds/deploy/schema/schematest"
)

const runbooks = "../runbooks"

// pages are the runbooks and what they lead to, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(runbooks + "/*.md")
	if err != nil || len(names) < 60 {
		t.Fatalf("%d runbooks, %v", len(names), err)
	}
	found := map[string]string{}
	for _, name := range append(names, "../backup/README.md", "../docs/care.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = string(text)
	}
	return found
}

// TestEachCheckHasARunbook, and a row in the documentation, and each runbook is in
// the index and says what whoever is woken wants to know.
func TestEachCheckHasARunbook(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for _, k := range care.Checks {
		if _, ok := all[filepath.Join(runbooks, k.Runbook+".md")]; !ok {
			t.Errorf("%s: there is no runbook %s", k.Name, k.Runbook)
		}
		if !strings.Contains(all["../docs/care.md"], "| `"+k.Name+"` |") || !strings.Contains(all["../docs/care.md"], k.Asks) {
			t.Errorf("%s has no row in deploy/docs/care.md with %q", k.Name, k.Asks)
		}
	}
	for path, text := range all {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if filepath.Dir(path) != runbooks || name == "README" {
			continue
		}
		for _, want := range []string{"# " + name + "\n", "**For doctors:** ", "## See it\n", "## First five minutes\n\n1. ", "## Remedy\n", "## Over when\n", "## Wake somebody\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		if !strings.Contains(all[runbooks+"/README.md"], "["+name+"]("+name+".md)") {
			t.Errorf("%s is not in the index", name)
		}
	}
}

// TestLinksLeadSomewhere holds relative links of the runbooks to files.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	for path, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestQueriesOfRunbooksRun has PostgreSQL run each on a fresh schema, read-only, since what is
// typed at night must work.
func TestQueriesOfRunbooksRun(t *testing.T) {
	t.Parallel()
	db := schematest.New(t)
	block, run := regexp.MustCompile("(?s)```sql\n(.*?)```"), 0
	for path, text := range pages(t) {
		for _, m := range block.FindAllStringSubmatch(text, -1) {
			run++
			err := pgx.BeginTxFunc(t.Context(), db, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), m[1])
				return err
			})
			if err != nil {
				t.Errorf("%s: %v in\n%s", path, err, m[1])
			}
		}
	}
	if run < 15 {
		t.Errorf("only %d queries were found", run)
	}
}
