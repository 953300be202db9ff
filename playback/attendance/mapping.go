package attendance

import (
	"strings"

	"rounds/catalog"
)

// Mapping says in which columns of an unknown kind of sheet the facts stand.
// It is saved under its name and then knows such sheets by itself: a line is
// their header when it has all of these columns. Names are compared without
// regard to letter case.
type Mapping struct {
	Name     string `json:"name"`
	Email    string `json:"email,omitempty"` // header of the column; empty: there is none
	Person   string `json:"person,omitempty"`
	JoinedAt string `json:"joined_at"`
	LeftAt   string `json:"left_at"`
}

// maxHeader is the longest header of a column, in bytes.
const maxHeader = 200

// Check returns a *catalog.FieldError when a mapping cannot find people and times.
func (m Mapping) Check() error {
	used := map[string]bool{}
	for _, c := range m.columns() {
		text := strings.ToLower(clean(c.header))
		switch {
		case len(text) > maxHeader:
			return catalog.Invalid(c.field, "Please give the header of the column as the sheet has it, of at most 200 bytes.")
		case text == "" && c.needed:
			return catalog.Invalid(c.field, "Please give the header of the column that holds this.")
		case text != "" && used[text]:
			return catalog.Invalid(c.field, "This column is named twice. Every fact needs a column of its own.")
		}
		used[text] = true
	}
	if clean(m.Email) == "" && clean(m.Person) == "" {
		return catalog.Invalid("email", "Please name the column with the e-mail address, or the one with the name of the person.")
	}
	return nil
}

type mapped struct {
	field, header string
	meaning       column
	needed        bool
}

func (m Mapping) columns() []mapped {
	return []mapped{
		{"email", m.Email, colEmail, false},
		{"person", m.Person, colName, false},
		{"joined_at", m.JoinedAt, colJoin, true},
		{"left_at", m.LeftAt, colLeave, true},
	}
}

// aliases are the mapping's columns as spellings of what is known.
func (m Mapping) aliases() map[string]column {
	known := map[string]column{}
	for _, c := range m.columns() {
		if text := strings.ToLower(clean(c.header)); text != "" {
			known[text] = c.meaning
		}
	}
	return known
}

// readHeaderBy tells whether a record has all columns of the mapping.
func readHeaderBy(r record, m Mapping) (header, bool) {
	known := m.aliases()
	h, people := readHeader(r, known)
	return h, people && len(h.at) == len(known)
}
