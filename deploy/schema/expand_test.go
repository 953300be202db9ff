package schema_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// grow are the tables that are large in production or written to with every
// request: nothing may lock them for longer than a moment.
var grow = []string{
	"account_words", "accounts", "attendance", "audit_log", "completions", "coverage", "coverage_union", "enrolments", "events",
	"evidence", "evidence_chains", "invitations", "messages", "one_time_codes", "playback_sessions", "qoe_events", "qoe_views", "sessions", "sign_ins",
}

// TestMigrationsOnlyExpand holds what is not released yet to the rules of
// deploy/docs/release.md, so that the release before runs on with the new schema.
func TestMigrationsOnlyExpand(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("released")
	if err != nil {
		t.Fatal(err)
	}
	last := regexp.MustCompile(`(?m)^migration (\d{3})$`).FindStringSubmatch(string(text))
	if last == nil {
		t.Fatal("deploy/schema/released does not name the last migration that was released")
	}
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || !slices.ContainsFunc(files, func(path string) bool { return strings.HasPrefix(filepath.Base(path), last[1]+"_") }) {
		t.Fatalf("migration %s was released, but is not among %d: %v", last[1], len(files), err)
	}
	for _, path := range files {
		if filepath.Base(path)[:3] <= last[1] {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range contractions(string(text)) {
			if strings.Contains(string(text), "-- contracts: "+finding+"\n") {
				continue // whoever reviews it has seen that the running release can do without
			}
			t.Errorf("%s %s\n\tthe release that runs cannot live with that; deploy/docs/release.md says how to do it in two releases", filepath.Base(path), finding)
		}
	}
}

// TestContractionsAreFound gives the check what it has to find, and what not.
func TestContractionsAreFound(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"drop table accounts;":                              "drops a table",
		"ALTER TABLE webinars\n  DROP COLUMN title;":        "drops a column of webinars",
		"alter table webinars rename column title to name;": "renames in webinars",
		"alter table webinars rename to talks;":             "renames in webinars",
		"alter table webinars add column x text not null;":  "adds x to webinars, not null without a default",
		"alter table webinars add x text not null;":         "adds x to webinars, not null without a default",
		"alter table webinars add column y int, add column x text not null, add column z text not null default '';": "adds x to webinars, not null without a default",
		"alter table webinars alter column title type varchar(10);":                                                 "changes the type of title of webinars",
		"alter table webinars alter title set not null;":                                                            "makes title of webinars not null",
		"create index i on playback_sessions (account_id);":                                                         "makes an index on playback_sessions while nobody can write to it",
		"create unique index if not exists i on only messages (id);":                                                "makes an index on messages while nobody can write to it",
		"alter table messages add constraint c check (id <> '');":                                                   "checks all rows of messages",
		"alter table messages add check (id <> '');":                                                                "checks all rows of messages",
		"alter table messages add foreign key (id) references accounts;":                                            "checks all rows of messages",
		"alter table accounts add column s tsvector generated always as (to_tsvector(name)) stored;":                "writes all rows of accounts anew",
		"delete from sessions;":                                      "changes rows of sessions",
		"update accounts set name = 'x';":                            "changes rows of accounts",
		"truncate webinars;":                                         "empties webinars",
		"drop function search_vector;":                               "drops a function",
		"drop view v;":                                               "drops a view",
		"drop trigger a on accounts;":                                "",
		"drop index concurrently i;":                                 "",
		"-- drop table accounts;\nselect 1":                          "",
		"select 'drop table accounts;'":                              "",
		"alter table webinars add column x text not null default ''": "",
		"alter table webinars add column x text":                     "",
		"---- tern: disable-tx ----\ncreate index concurrently i on playback_sessions (a)":                                                                       "",
		"create index i on program_sponsors (account_id)":                                                                                                        "",
		"create table fresh (id text not null); create index i on fresh (id); alter table fresh add check (id <> ''); insert into fresh select id from accounts": "",
		"alter table messages add constraint c check (id <> '') not valid":                                                                                       "",
		"create index concurrently i on playback_sessions (a)":                                                                                                   "makes an index concurrently inside a transaction: begin the file with ---- tern: disable-tx ----",
		"create function f() returns void language sql as $$ delete from accounts; $$":                                                                           "",
	} {
		if got := strings.Join(contractions(sql), "; "); got != want {
			t.Errorf("%s\n\tfound %q, want %q", sql, got, want)
		}
	}
}

var (
	sqlNoise  = regexp.MustCompile(`(?s)\$(\w*)\$.*?\$\w*\$|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/`)
	sqlBlank  = regexp.MustCompile(`\s+`)
	newTable  = regexp.MustCompile(`^create (?:unlogged )?table (?:if not exists )?(\w+)`)
	onTable   = regexp.MustCompile(`^create (?:unique )?index (concurrently )?.*?\bon (?:only )?(\w+)`)
	alterIt   = regexp.MustCompile(`^alter table (?:if exists )?(?:only )?(\w+) (.*)$`)
	addColumn = regexp.MustCompile(`^add (?:column )?(?:if not exists )?(\w+) (.*)$`)
	dropped   = regexp.MustCompile(`^drop (table|view|materialized view|function|type|schema|extension|sequence)\b`)
	writes    = regexp.MustCompile(`^(delete from|update|truncate(?: table)?) (?:only )?(\w+)`)
	retype    = regexp.MustCompile(`^alter (?:column )?(\w+) (?:set data )?type\b`)
	notNull   = regexp.MustCompile(`^alter (?:column )?(\w+) set not null\b`)
	checked   = regexp.MustCompile(`^add (?:constraint \w+ )?(?:check|foreign key|unique|primary key|exclude)\b`)
)

// contractions lists what a migration does that the release before cannot live
// with, or that keeps others from a table that is in use.
func contractions(sql string) (found []string) {
	outside := strings.Contains(sql, "---- tern: disable-tx ----")
	plain := sqlNoise.ReplaceAllStringFunc(sql, func(noise string) string {
		if noise[0] == '-' || noise[0] == '/' {
			return " "
		}
		return "''"
	})
	fresh := map[string]bool{} // tables that this migration makes: nobody uses them yet
	for statement := range strings.SplitSeq(strings.ToLower(plain), ";") {
		s := strings.TrimSpace(sqlBlank.ReplaceAllString(statement, " "))
		if m := newTable.FindStringSubmatch(s); m != nil {
			fresh[m[1]] = true
		}
		if m := dropped.FindStringSubmatch(s); m != nil {
			found = append(found, "drops a "+m[1])
		}
		if m := writes.FindStringSubmatch(s); m != nil && !fresh[m[2]] {
			if strings.HasPrefix(m[1], "truncate") {
				found = append(found, "empties "+m[2])
			} else if slices.Contains(grow, m[2]) {
				found = append(found, "changes rows of "+m[2])
			}
		}
		if m := onTable.FindStringSubmatch(s); m != nil && !fresh[m[2]] {
			switch {
			case m[1] == "" && slices.Contains(grow, m[2]):
				found = append(found, "makes an index on "+m[2]+" while nobody can write to it")
			case m[1] != "" && !outside:
				found = append(found, "makes an index concurrently inside a transaction: begin the file with ---- tern: disable-tx ----")
			}
		}
		if m := alterIt.FindStringSubmatch(s); m != nil && !fresh[m[1]] {
			for _, action := range actions(m[2]) {
				found = append(found, contraction(m[1], action)...)
			}
		}
	}
	return found
}

// contraction judges one action of an `alter table`.
func contraction(table, action string) []string {
	if strings.HasPrefix(action, "rename ") {
		return []string{"renames in " + table}
	}
	if strings.HasPrefix(action, "drop ") && !strings.HasPrefix(action, "drop constraint ") {
		return []string{"drops a column of " + table}
	}
	if m := retype.FindStringSubmatch(action); m != nil {
		return []string{"changes the type of " + m[1] + " of " + table}
	}
	if m := notNull.FindStringSubmatch(action); m != nil {
		return []string{"makes " + m[1] + " of " + table + " not null"}
	}
	if checked.MatchString(action) {
		if slices.Contains(grow, table) && !strings.HasSuffix(action, "not valid") {
			return []string{"checks all rows of " + table}
		}
		return nil
	}
	m := addColumn.FindStringSubmatch(action)
	if m != nil && strings.Contains(m[2], "generated always") && slices.Contains(grow, table) {
		return []string{"writes all rows of " + table + " anew"}
	}
	if m != nil && strings.Contains(m[2], "not null") && !strings.Contains(m[2], "default") && !strings.Contains(m[2], "generated") {
		return []string{"adds " + m[1] + " to " + table + ", not null without a default"}
	}
	return nil
}

// actions splits what follows `alter table NAME` at the commas outside of
// brackets.
func actions(text string) (list []string) {
	depth, from := 0, 0
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			list = append(list, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	return append(list, strings.TrimSpace(text[from:]))
}
