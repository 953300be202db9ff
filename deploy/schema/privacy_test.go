package schema_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"rounds/deploy/schema/schematest"
)

// TestPersonalDataIsListed holds the list of personal data in the docs to the
// database: whoever adds a column says there whether it is about a person, why it
// is kept and for how long.
func TestPersonalDataIsListed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../catalog/docs/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	names := regexp.MustCompile("`([a-z_0-9]+)`")
	for line := range strings.Lines(string(page)) {
		table := names.FindStringSubmatch(line)
		if len(table) == 0 || !strings.HasPrefix(line, "| `"+table[1]) && !strings.HasPrefix(line, "- `"+table[1]) {
			continue
		}
		columns := strings.SplitN(line, ":", 2)
		if strings.HasPrefix(line, "|") {
			columns = strings.SplitN(line, "|", 4)[1:3]
		}
		if len(columns) < 2 {
			continue
		}
		for _, column := range names.FindAllStringSubmatch(columns[1], -1) {
			listed[table[1]+"."+column[1]]++
		}
	}
	db := schematest.New(t)
	rows, err := db.Query(context.Background(), `
		select table_name || '.' || column_name from information_schema.columns
		where table_schema = 'public' and table_name not like 'river%' and table_name not like 'qoe_events_%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		found[column] = true
		if listed[column] != 1 {
			t.Errorf("%s stands %d times in the list of personal data: say in catalog/docs/privacy.md what it is, why it is kept and how long", column, listed[column])
		}
	}
	if err := rows.Err(); err != nil || len(found) < 100 {
		t.Fatalf("%d columns, %v", len(found), err)
	}
	for column := range listed {
		if !found[column] {
			t.Errorf("%s is listed and not in the database", column)
		}
	}
}
