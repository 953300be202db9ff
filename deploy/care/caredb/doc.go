// Package caredb is what PostgreSQL tells about itself and about the work that
// is done from it, for the checks of package care, and keeps their reports.
//
// Every question is small: it reads statistics views, indexes or few rows, so
// that it can be asked beside a full house. Nothing here is changed but the table
// care_runs. It is the home of the SQL of care and must not import its siblings.
package caredb
