package figures

import (
	"cmp"
	"slices"
)

// Least is the smallest count that is told.
const Least = 5

// The columns of a row, in this order: each counts some of those of the one before.
const (
	Registered = iota
	Active     // has watched something, live or recorded
	Completed
	Columns
)

// Row is one line of a table: how many people there are of a kind.
type Row struct {
	Name   string
	Counts [Columns]int
}

// Kind says how a table adds up.
type Kind int

// The kinds of table.
const (
	// Parts: everybody is in one row, by what she is: a country, a speciality.
	Parts Kind = iota
	// Times: everybody is in one row of each column, by when it happened to her.
	Times
	// Alone: rows overlap and add up to nothing: courses.
	Alone
)

// Cell is a count as it may be told; nil is hidden.
type Cell *int

// Line is a row as it may be told.
type Line struct {
	Name  string        `json:"name"`
	Cells [Columns]Cell `json:"cells"`
}

// Told is a table as it may be told.
type Told struct {
	Total Line   `json:"total"`
	Lines []Line `json:"lines"` // in the order of the rows
}

// Protect tells of a table what may be told; total has what everybody comes to.
//
// A row is told from the left: of a table of Parts a count only when the one
// before is told too, and both differ by Least. So a row gives away no group under
// Least, also not those who are in one column and not in the next. Those rows of
// a column that are hidden are then known together, by the total: there have to be
// two at least, with Least people, and as many who could be in the column and are
// not. Then each of the hidden counts can have Least+1 values: it is at most the
// smallest of its own room, the sum, the room of the others and what the sum
// leaves free, and all four are Least or more. When they are not, the smallest
// row that is told is hidden as well; when there is none, the whole column.
func Protect(kind Kind, total Row, rows []Row) Told {
	p := protection{kind: kind, total: total, rows: rows, told: make([][Columns]bool, len(rows))}
	p.columns = p.tellable(total.Counts)
	for i, r := range rows {
		p.told[i] = p.tellable(r.Counts)
	}
	if kind != Alone {
		for column := range Columns {
			p.pool(column)
		}
	}
	return p.result()
}

type protection struct {
	kind    Kind
	total   Row
	rows    []Row
	columns [Columns]bool   // whose total is told
	told    [][Columns]bool // of each row
}

// tellable is what a row could tell if there were no others.
func (p *protection) tellable(counts [Columns]int) (told [Columns]bool) {
	for c, n := range counts {
		told[c] = n >= Least && (c == 0 || p.kind == Times || told[c-1] && counts[c-1]-n >= Least) //nolint:gosec // G602: c is not 0 there
	}
	return told
}

// pool hides rows of a column until those that are hidden protect each other. A
// column without a total tells no rows either.
func (p *protection) pool(column int) {
	for !p.columns[column] || !p.safe(column) {
		smallest := -1
		for i := range p.rows {
			if p.told[i][column] && (smallest < 0 || p.rows[i].Counts[column] < p.rows[smallest].Counts[column]) {
				smallest = i
			}
		}
		if smallest < 0 {
			p.columns[column] = false
			if p.kind == Parts {
				p.hideFrom(column)
			}
			return
		}
		p.hide(smallest, column)
	}
}

// hide hides a count and, where columns are part of each other, those after it.
func (p *protection) hide(row, column int) {
	p.told[row][column] = false
	if p.kind == Parts {
		for c := column; c < Columns; c++ {
			p.told[row][c] = false
		}
	}
}

// hideFrom hides the totals of a column and those after it.
func (p *protection) hideFrom(column int) {
	for c := column; c < Columns; c++ {
		p.columns[c] = false
	}
}

// safe tells whether what is hidden of a column cannot be worked out.
func (p *protection) safe(column int) bool {
	hidden, sum, room := 0, 0, 0
	for i, r := range p.rows {
		if !p.told[i][column] {
			hidden, sum = hidden+1, sum+r.Counts[column]
			if column > 0 {
				room += r.Counts[column-1]
			}
		}
	}
	if hidden == 0 {
		return true
	}
	return hidden > 1 && sum >= Least && (column == 0 || p.kind == Times || room-sum >= Least)
}

func (p *protection) result() Told {
	out := Told{Total: line(p.total, p.columns), Lines: make([]Line, 0, len(p.rows))}
	for i, r := range p.rows {
		out.Lines = append(out.Lines, line(r, p.told[i]))
	}
	return out
}

func line(r Row, told [Columns]bool) Line {
	l := Line{Name: r.Name}
	for c, n := range r.Counts {
		if told[c] {
			l.Cells[c] = &n
		}
	}
	return l
}

// Sort puts the rows with the most people first, and those without a name last.
// An order that followed hidden counts would tell them: among those, names decide.
func (t *Told) Sort() {
	size := func(l Line) int {
		if l.Cells[Registered] == nil {
			return 0
		}
		return *l.Cells[Registered]
	}
	slices.SortStableFunc(t.Lines, func(a, b Line) int {
		unnamed := func(l Line) int {
			if l.Name == "" {
				return 1
			}
			return 0
		}
		return cmp.Or(unnamed(a)-unnamed(b), size(b)-size(a), cmp.Compare(a.Name, b.Name))
	})
}
