package figures

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// text shows a table: hidden counts as a dot.
func (t Told) text() string {
	var out strings.Builder
	for _, l := range append([]Line{t.Total}, t.Lines...) {
		for _, cell := range l.Cells {
			if cell == nil {
				out.WriteString(" .")
			} else {
				_, _ = fmt.Fprintf(&out, " %d", *cell)
			}
		}
		out.WriteString(";")
	}
	return out.String()
}

func sumOf(rows []Row) (total Row) {
	for _, r := range rows {
		for c, n := range r.Counts {
			total.Counts[c] += n
		}
	}
	return total
}

func TestProtect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind Kind
		rows [][Columns]int
		want string
	}{
		"all is large":                           {Parts, [][Columns]int{{90, 50, 20}, {40, 30, 10}}, " 130 80 30; 90 50 20; 40 30 10;"},
		"one small row takes another with it":    {Parts, [][Columns]int{{90, 50, 20}, {40, 30, 10}, {3, 1, 0}}, " 133 81 30; 90 50 20; . . .; . . .;"},
		"two small rows hide in each other":      {Parts, [][Columns]int{{90, 50, 20}, {4, 0, 0}, {3, 0, 0}}, " 97 50 20; 90 . .; . . .; . . .;"},
		"nearly all have completed":              {Parts, [][Columns]int{{40, 30, 28}, {50, 30, 10}, {60, 30, 10}}, " 150 90 48; 40 30 .; 50 30 .; 60 30 10;"},
		"nobody has completed yet":               {Parts, [][Columns]int{{40, 30, 0}, {50, 30, 0}}, " 90 60 .; 40 30 .; 50 30 .;"},
		"everybody is active":                    {Parts, [][Columns]int{{40, 40, 10}, {50, 50, 20}}, " 90 . .; 40 . .; 50 . .;"},
		"hardly anybody":                         {Parts, [][Columns]int{{2, 1, 0}, {1, 1, 0}}, " . . .; . . .; . . .;"},
		"one row is its own total":               {Parts, [][Columns]int{{40, 30, 10}}, " 40 30 10; 40 30 10;"},
		"weeks: columns stand for themselves":    {Times, [][Columns]int{{40, 0, 0}, {2, 35, 0}, {1, 3, 10}, {7, 0, 10}}, " 50 38 20; 40 . .; . . .; . . .; . . 10;"},
		"courses overlap, so rows do not matter": {Alone, [][Columns]int{{90, 50, 20}, {90, 88, 3}, {90, 3, 0}}, " 270 141 23; 90 50 20; 90 . .; 90 . .;"},
	} {
		var rows []Row
		for _, counts := range c.rows {
			rows = append(rows, Row{Counts: counts})
		}
		if got := Protect(c.kind, sumOf(rows), rows).text(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNothingHiddenFollows tries, for random tables, every table that would be
// told the same way: each count that is hidden has at least Least+1 values among
// them, and so has everybody who is in one column and not in the next.
func TestNothingHiddenFollows(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test that can be repeated
		rows := make([]Row, 2+random.IntN(2))
		for i := range rows {
			r := random.IntN(14)
			a := random.IntN(r + 1)
			rows[i] = Row{Counts: [Columns]int{r, a, random.IntN(a + 1)}}
		}
		kind := []Kind{Parts, Times}[seed%2]
		told := Protect(kind, sumOf(rows), rows)
		for column := range Columns {
			checkColumn(t, kind, rows, told, column)
		}
	}
}

// checkColumn finds by trial which values the hidden counts of a column can have,
// given all that is told of it and of the one before; an attacker who does not
// know what is hidden there can only know less.
func checkColumn(t *testing.T, kind Kind, rows []Row, told Told, column int) {
	t.Helper()
	if told.Total.Cells[column] == nil {
		for _, l := range told.Lines {
			if l.Cells[column] != nil {
				t.Fatalf("%v: a row is told without its total: %s", rows, told.text())
			}
		}
		return
	}
	total := *told.Total.Cells[column]
	possible := make([]map[int]bool, len(rows))
	values := make([]int, len(rows))
	var try func(i, left int)
	try = func(i, left int) {
		if i == len(rows) {
			if left == 0 {
				for k, v := range values {
					if possible[k] == nil {
						possible[k] = map[int]bool{}
					}
					possible[k][v] = true
				}
			}
			return
		}
		if cell := told.Lines[i].Cells[column]; cell != nil {
			values[i] = *cell
			try(i+1, left-*cell)
			return
		}
		most := left
		if kind == Parts && column > 0 { // as if the room were known exactly
			most = min(left, rows[i].Counts[column-1])
		}
		for v := 0; v <= most; v++ {
			values[i] = v
			try(i+1, left-v)
		}
	}
	try(0, total)
	for i, l := range told.Lines {
		hidden := l.Cells[column] == nil
		if known := kind == Times || column == 0 || l.Cells[column-1] != nil; hidden && known && len(possible[i]) <= Least {
			t.Errorf("%v: row %d of column %d can only be %v in %s", rows, i, column, possible[i], told.text())
		}
		if !hidden && rows[i].Counts[column] < Least {
			t.Errorf("%v: %s tells a small count", rows, told.text())
		}
		if !hidden && kind == Parts && column > 0 && *l.Cells[column-1]-*l.Cells[column] < Least {
			t.Errorf("%v: %s tells a small difference", rows, told.text())
		}
	}
}

// TestSortTellsNothing: rows that are hidden stand by their names.
func TestSortTellsNothing(t *testing.T) {
	t.Parallel()
	told := Protect(Parts, Row{Counts: [Columns]int{106}}, []Row{
		{Name: "", Counts: [Columns]int{40}}, {Name: "PT", Counts: [Columns]int{3}}, {Name: "AT", Counts: [Columns]int{2}}, {Name: "IN", Counts: [Columns]int{61}},
	})
	told.Sort()
	var names []string
	for _, l := range told.Lines {
		names = append(names, l.Name)
	}
	if got := strings.Join(names, ","); got != "IN,AT,PT," {
		t.Errorf("%q: %s", got, told.text())
	}
}
