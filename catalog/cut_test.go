package catalog

import (
	"errors"
	"testing"
)

func TestTrim(t *testing.T) {
	t.Parallel()
	whole := Recording{ID: "rec_a", DurationMS: 100_000}
	cut := Recording{ID: "rec_b", SourceID: "rec_a", Cut: Cut{FromMS: 10_000, ToMS: 60_000}, DurationMS: 50_000}
	for _, c := range []struct {
		name     string
		of       Recording
		from, to int64
		want     Cut
		field    string
	}{
		{name: "both ends", of: whole, from: 2000, to: 90_000, want: Cut{2000, 90_000}},
		{name: "the start only leaves the end open", of: whole, from: 2000, to: 100_000, want: Cut{2000, 0}},
		{name: "beyond the end is the end", of: whole, from: 2000, to: 700_000, want: Cut{2000, 0}},
		{name: "of a cut", of: cut, from: 5000, to: 45_000, want: Cut{15_000, 55_000}},
		{name: "to the end of a cut", of: cut, from: 5000, to: 50_000, want: Cut{15_000, 60_000}},
		{name: "before the start", of: whole, from: -1, to: 50_000, field: "from_s"},
		{name: "after the end", of: whole, from: 100_000, to: 200_000, field: "from_s"},
		{name: "nothing left", of: whole, from: 50_000, to: 50_999, field: "to_s"},
		{name: "turned round", of: whole, from: 50_000, to: 20_000, field: "to_s"},
	} {
		got, err := c.of.Trim(c.from, c.to)
		var wrong *FieldError
		if errors.As(err, &wrong) != (c.field != "") || wrong != nil && wrong.Field != c.field || got != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if whole.Source() != "rec_a" || cut.Source() != "rec_a" {
		t.Errorf("sources %s and %s", whole.Source(), cut.Source())
	}
}

func TestCutsOfOneFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		from, next Cut
		want       TimePiece
		none       bool
	}{
		{name: "less", next: Cut{10_000, 60_000}, want: TimePiece{FromS: 10, AtS: 0, LengthS: 50}},
		{name: "more again", from: Cut{10_000, 60_000}, want: TimePiece{FromS: 0, AtS: 10, LengthS: 50}},
		{name: "shifted", from: Cut{10_000, 60_000}, next: Cut{20_000, 0}, want: TimePiece{FromS: 10, AtS: 0, LengthS: 40}},
		{name: "nothing in common", from: Cut{0, 10_000}, next: Cut{10_000, 0}, none: true},
	} {
		got, ok := c.from.Replace(c.next)
		if ok == c.none || ok && got != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, ok)
		}
	}
}
