package figures

import "time"

// Report is what a sponsor is told of a program. It stands for a week: what
// changes from day to day would tell who has come.
type Report struct {
	AsOf         time.Time `json:"as_of"` // everything before this is in it; a Monday, 00:00 UTC
	Total        Line      `json:"total"`
	Courses      []Line    `json:"courses"`
	Countries    []Line    `json:"countries"`
	Specialities []Line    `json:"specialities"`
	Weeks        []Line    `json:"weeks"` // named by their Monday; when people registered, were active first, and completed
}

// Counted are the counts of a program as they are. They must not leave the server.
type Counted struct {
	Total                                   Row
	Courses, Countries, Specialities, Weeks []Row
}

// Report makes of counts what may be told. All tables have the same total: a
// column of it that any of them hides is hidden in all.
func (c Counted) Report(asOf time.Time) Report {
	total, tables := c.Total, []struct {
		kind Kind
		rows []Row
	}{{Parts, c.Countries}, {Parts, c.Specialities}, {Times, c.Weeks}}
	shared := Protect(Alone, total, nil).Total
	told := make([]Told, len(tables))
	for i, t := range tables {
		told[i] = Protect(t.kind, total, t.rows)
		for column, cell := range told[i].Total.Cells {
			if cell == nil {
				shared.Cells[column] = nil
			}
		}
	}
	for i := range told {
		told[i].clear(shared)
	}
	told[0].Sort()
	told[1].Sort()
	return Report{
		AsOf: asOf.UTC(), Total: shared, Courses: c.courses(shared),
		Countries: told[0].Lines, Specialities: told[1].Lines, Weeks: told[2].Lines,
	}
}

// clear hides the columns that have no total.
func (t *Told) clear(total Line) {
	for column, cell := range total.Cells {
		if cell != nil {
			continue
		}
		for i := range t.Lines {
			t.Lines[i].Cells[column] = nil
		}
	}
}

// courses are told each by itself. Everybody is registered for each.
func (c Counted) courses(shared Line) []Line {
	lines := Protect(Alone, c.Total, c.Courses).Lines
	for i := range lines {
		if shared.Cells[Registered] == nil {
			lines[i].Cells = [Columns]Cell{}
		}
	}
	return lines
}
