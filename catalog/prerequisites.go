package catalog

import "strings"

// PrerequisitesMissing refuses a course, or what is in it, to whoever has not
// completed these courses: a *ConflictError that names them, nil for none.
func PrerequisitesMissing(courses []CourseRef) error {
	if len(courses) == 0 {
		return nil
	}
	titles := make([]string, len(courses))
	for i, c := range courses {
		titles[i] = "“" + c.Title + "”"
	}
	last := len(titles) - 1
	named := "the course " + titles[last]
	if last > 0 {
		named = "the courses " + strings.Join(titles[:last], ", ") + " and " + titles[last]
	}
	return &ConflictError{Code: "prerequisites_missing", Message: "Please complete " + named + " first."}
}

// RequiresItself finds a circle among prerequisites that goes through course:
// the ids on the way back to it, nil when there is none. requires has what each
// course asks for.
func RequiresItself(course CourseID, requires map[CourseID][]CourseID) []CourseID {
	seen := map[CourseID]bool{}
	var walk func(at CourseID) []CourseID
	walk = func(at CourseID) []CourseID {
		for _, next := range requires[at] {
			if next == course {
				return []CourseID{at}
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if way := walk(next); way != nil {
				return append([]CourseID{at}, way...)
			}
		}
		return nil
	}
	return walk(course)
}
