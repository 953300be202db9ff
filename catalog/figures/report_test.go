package figures

import (
	"testing"
	"time"
)

// TestTotalIsHiddenEverywhere: a column without a total in one table has none in another.
func TestTotalIsHiddenEverywhere(t *testing.T) {
	t.Parallel()
	row := func(name string, counts ...int) Row { return Row{Name: name, Counts: [Columns]int(counts)} }
	r := Counted{
		Total:        row("", 60, 40, 2),
		Countries:    []Row{row("PT", 40, 30, 2), row("IN", 20, 10, 0)},
		Specialities: []Row{row("Cardiology", 60, 40, 2)},
		Weeks:        []Row{row("2026-03-02", 30, 20, 2), row("2026-03-09", 30, 20, 0)},
		Courses:      []Row{row("Heart failure", 60, 40, 20), row("Stroke", 60, 3, 0)},
	}.Report(time.Now())
	if r.Total.Cells[Completed] != nil || r.Total.Cells[Active] == nil || *r.Total.Cells[Registered] != 60 {
		t.Errorf("%v", r.Total)
	}
	for _, l := range append(append(r.Countries, r.Specialities...), r.Weeks...) {
		if l.Cells[Completed] != nil || l.Cells[Registered] == nil {
			t.Errorf("%v", l)
		}
	}
	if *r.Courses[0].Cells[Completed] != 20 || r.Courses[1].Cells[Active] != nil {
		t.Errorf("%v", r.Courses)
	}
	few := Counted{Total: row("", 4, 3, 0), Courses: []Row{row("Stroke", 4, 3, 0)}, Countries: []Row{row("PT", 4, 3, 0)}}.Report(time.Now())
	for _, l := range append(append(few.Courses, few.Countries...), few.Total) {
		if l.Cells != [Columns]Cell{} {
			t.Errorf("%v", l)
		}
	}
}
