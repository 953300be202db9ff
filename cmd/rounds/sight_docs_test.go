package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../../"

// checkDocumented: the operator's page lists each figure that exists, and no other.
func checkDocumented(t *testing.T, pages map[string]string) {
	t.Helper()
	page := string(readFile(t, root+"deploy/docs/operator.md"))
	var listed []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(rounds_\\w+)").FindAllStringSubmatch(page, -1) {
		listed = append(listed, found[1])
	}
	there := metricNames(pages)
	for _, name := range there {
		if !slices.Contains(listed, name) && !slices.Contains(rare, name) {
			t.Errorf("deploy/docs/operator.md does not list %s", name)
		}
	}
	for _, name := range listed {
		if !slices.Contains(there, name) && !slices.Contains(rare, name) {
			t.Errorf("deploy/docs/operator.md lists %s, which does not exist", name)
		}
	}
}

// rare are figures that appear with the first of what they count, and the
// journey has none of, or are of `rounds ports`, which it does without: they are
// declared in this package, and listed.
var rare = []string{
	"rounds_database_errors_total", "rounds_rate_limited_total", "rounds_webhook_attempts_total", "rounds_queue_jobs", "rounds_queue_oldest_job_seconds",
	"rounds_check_ok", "rounds_checks_last_timestamp_seconds", "rounds_ports_edges",
}

var nameInQuery = regexp.MustCompile(`\brounds_\w+`)

// checkWatched: what dashboards draw and alerts watch exists in what processes
// say, and each alert leads to a page that says what to do.
func checkWatched(t *testing.T, pages map[string]string) {
	t.Helper()
	there := append(metricNames(pages), rare...)
	recorded := regexp.MustCompile(`(?m)^\s*- record: (\S+)`)
	for _, file := range observed(t) {
		text := string(readFile(t, file))
		for _, found := range recorded.FindAllStringSubmatch(text, -1) {
			there = append(there, found[1])
		}
	}
	for _, file := range observed(t) {
		for _, query := range queriesOf(t, file) {
			for _, name := range nameInQuery.FindAllString(query, -1) {
				plain := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
				if !slices.Contains(there, name) && !slices.Contains(there, plain) {
					t.Errorf("%s asks for %s, which does not exist: %s", file, name, query)
				}
			}
		}
	}
}

// observed are the files of rules and dashboards.
func observed(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"deploy/observability/rules/*.yaml", "deploy/observability/dashboards/*.json"} {
		found, err := filepath.Glob(root + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	return files
}

// queriesOf are what a file asks Prometheus.
func queriesOf(t *testing.T, file string) (queries []string) {
	t.Helper()
	text := readFile(t, file)
	if strings.HasSuffix(file, ".json") {
		var board any
		if err := json.Unmarshal(text, &board); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		collect(board, &queries)
		return queries
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			queries = append(queries, line)
		}
	}
	return queries
}

func collect(from any, queries *[]string) {
	switch v := from.(type) {
	case map[string]any:
		if query, ok := v["expr"].(string); ok {
			*queries = append(*queries, query)
		}
		for _, inner := range v {
			collect(inner, queries)
		}
	case []any:
		for _, inner := range v {
			collect(inner, queries)
		}
	}
}

// TestAlertsLeadSomewhere: each alert has a page that says what to do.
func TestAlertsLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, file := range observed(t) {
		if !strings.HasSuffix(file, ".yaml") {
			continue
		}
		text := string(readFile(t, file))
		for _, alert := range strings.Split(text, "- alert: ")[1:] {
			name, _, _ := strings.Cut(alert, "\n")
			found := regexp.MustCompile(`runbook_url: \S+/(deploy/runbooks/\w+\.md)`).FindStringSubmatch(alert)
			if found == nil {
				t.Errorf("%s has no runbook_url", name)
				continue
			}
			if want := "deploy/runbooks/" + name + ".md"; found[1] != want {
				t.Errorf("%s leads to %s", name, found[1])
			}
			if _, err := os.Stat(root + found[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
