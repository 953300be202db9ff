package catalog_test

import (
	"testing"

	"pgregory.net/rapid"

	"rounds/catalog"
)

func TestRefusalNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if err := catalog.PrerequisitesMissing(nil); err != nil {
		t.Errorf("nothing is missing: %v", err)
	}
	one := []catalog.CourseRef{{Title: "A"}}
	three := []catalog.CourseRef{{Title: "A"}, {Title: "B"}, {Title: "C"}}
	for want, missing := range map[string][]catalog.CourseRef{
		"Please complete the course “A” first.":               one,
		"Please complete the courses “A”, “B” and “C” first.": three,
	} {
		if err := catalog.PrerequisitesMissing(missing); err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

// TestCirclesAreFound: prerequisites that only ever point to earlier courses
// have no circle; pointing back from the earliest to any that leads to it makes one.
func TestCirclesAreFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := []catalog.CourseID{"a", "b", "c", "d", "e"}
		requires := map[catalog.CourseID][]catalog.CourseID{}
		for i, id := range ids[1:] {
			requires[id] = rapid.SliceOfDistinct(rapid.SampledFrom(ids[:i+1]), rapid.ID).Draw(t, "requires")
		}
		for _, id := range ids {
			if way := catalog.RequiresItself(id, requires); way != nil {
				t.Fatalf("%s requires itself by %v", id, way)
			}
		}
		requires["b"] = []catalog.CourseID{"a"}
		requires["a"] = []catalog.CourseID{"b"}
		if catalog.RequiresItself("a", requires) == nil || catalog.RequiresItself("b", requires) == nil {
			t.Fatal("the circle is not found")
		}
	})
}
