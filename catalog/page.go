package catalog

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// The size of a page of a list.
const (
	DefaultPageLimit = 50
	MaxPageLimit     = 200
)

// PageRequest asks for a piece of a list: at most Limit items after Cursor.
type PageRequest struct {
	Limit  int    // 0: DefaultPageLimit; more than MaxPageLimit is cut down
	Cursor string // NextCursor of the page before; empty: from the start
}

// Size is the number of items asked for, within bounds.
func (p PageRequest) Size() int {
	switch {
	case p.Limit <= 0:
		return DefaultPageLimit
	case p.Limit > MaxPageLimit:
		return MaxPageLimit
	default:
		return p.Limit
	}
}

// Page is a piece of a list in a stable order. NextCursor is empty at the end.
type Page[T any] struct {
	Items      []T
	NextCursor string
}

// Cursor is the key of the last item of a page: the place in the order, then
// the id. Clients see it as an opaque string.
type Cursor struct {
	Position int    `json:"p,omitempty"`
	ID       string `json:"i"`
}

// String makes it opaque.
func (c Cursor) String() string {
	text, _ := json.Marshal(c) // an int and a string
	return base64.RawURLEncoding.EncodeToString(text)
}

// unprintable tells whether a rune is in no id.
func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// ParseCursor reads what String made; a *FieldError tells that it did not.
// The empty string is the start.
func ParseCursor(s string) (c Cursor, err error) {
	if s == "" {
		return Cursor{Position: -1 << 31}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || c.ID == "" || strings.ContainsFunc(c.ID, unprintable) || c.Position != int(int32(c.Position)) { //nolint:gosec // G115: the check itself
		return c, &FieldError{Field: "query.cursor", Code: "invalid_cursor", Message: "Use the next_cursor of the page before, unchanged."}
	}
	return c, nil
}
