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
	if last == 0 {
		return &ConflictError{Code: "prerequisites_missing", Message: "Please complete the course %s first.", Args: []any{titles[0]}}
	}
	return &ConflictError{
		Code: "prerequisites_missing", Message: "Please complete the courses %s and %s first.",
		Args: []any{strings.Join(titles[:last], ", "), titles[last]},
	}
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
