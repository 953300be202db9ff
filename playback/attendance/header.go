package attendance

import "strings"

// column says what stands in a column.
type column int

const (
	colEmail column = iota
	colLogin        // an address only when there is no other
	colName
	colFirstName
	colLastName
	colJoin
	colLeave
	colFirstJoin // of a summary that hides absences
	colAttended
	colRole
	colWaiting
	colInterest // GoToWebinar
)

// aliases are the spellings of column headers, in lower case.
var aliases = map[string]column{
	"email": colEmail, "e-mail": colEmail, "user email": colEmail, "attendee email": colEmail, "email address": colEmail,
	"participant id (upn)": colLogin,
	"name":                 colName, "user name": colName, "user name (original name)": colName, "name (original name)": colName,
	"display name": colName, "full name": colName, "attendee name": colName,
	"first name": colFirstName, "last name": colLastName,
	"join time": colJoin, "joined_at": colJoin, "joined at": colJoin, "join": colJoin,
	"leave time": colLeave, "left_at": colLeave, "left at": colLeave, "leave": colLeave,
	"first join": colFirstJoin, "first join time": colFirstJoin,
	"attended": colAttended, "role": colRole, "in waiting room": colWaiting, "interest rating": colInterest,
}

// header is a line that names columns.
type header struct {
	at    map[column]int
	names []string
}

// readHeader tells whether a record names the columns of people and times, as
// known spells them.
func readHeader(r record, known map[string]column) (header, bool) {
	h := header{at: map[column]int{}}
	for i, cell := range r.cells {
		name := strings.ToLower(clean(cell))
		h.names = append(h.names, clean(cell))
		if c, found := known[name]; found && !h.has(c) {
			h.at[c] = i
		}
	}
	people := h.has(colEmail) || h.has(colLogin) || h.has(colName)
	times := h.has(colJoin) && h.has(colLeave) || h.has(colFirstJoin)
	return h, people && times
}

func (h header) has(c column) bool { _, found := h.at[c]; return found }

// cell is what a record has in a column; empty when it has none.
func (h header) cell(r record, c column) string {
	i, found := h.at[c]
	if !found || i >= len(r.cells) {
		return ""
	}
	text := clean(r.cells[i])
	if text == "--" || text == "-" || strings.EqualFold(text, "n/a") {
		return ""
	}
	return text
}

// named is the header's own spelling of a column.
func (h header) named(c column) string {
	if i, found := h.at[c]; found {
		return h.names[i]
	}
	return ""
}

// spelled tells whether a header has this very column, in any letter case.
func (h header) spelled(name string) bool {
	for _, n := range h.names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
