// Package attendance reads the attendance reports of webinar platforms: who was
// in the live session from when to when.
//
//	bytes → text (encoding by BOM and content)
//	      → cells (delimiter by what makes a header readable)
//	      → tables (headers by alias, section headings, what platform this is)
//	      → rows (hosts, waiting room and no-shows left out)
//	      → times (zone, order of day and month; refused in words when in doubt)
//	      → intervals, rejoins and overlaps of one person united
//
// Known by their documented forms are the attendee report of Zoom webinars, the
// participants report of Zoom meetings, the attendance report of Teams, the
// attendee report of Webex, and any sheet with the columns email, joined_at and
// left_at. Sheets of other kinds are read by a saved [Mapping]. Nothing is guessed: a row that cannot be understood is an [Errors]
// with its line and column, and then there is no report at all.
//
// [Suggestions] tells who may be behind a row that names nobody enrolled.
//
// It is pure and imports catalog, playback (their words) and the standard library
// only. How intervals come to lie on a recording is playback.OnRecording.
package attendance
