package catalogapi

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// The longest titles and descriptions, in characters.
const (
	maxTitle       = 300
	maxDescription = 10_000
)

// changedLine is a one-line field after a change; nil leaves it as it was.
func changedLine(field string, to *string, was string) (string, error) {
	if to == nil {
		return was, nil
	}
	return catalog.CleanLine(field, *to, maxTitle, true)
}

// changedText is a field of several lines after a change.
func changedText(field string, to *string, was string) (string, error) {
	if to == nil {
		return was, nil
	}
	return catalog.CleanText(field, *to, maxDescription)
}

// maybeTime is a time that may be left out, be null, or be given.
type maybeTime struct {
	Given bool
	Time  *time.Time
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *maybeTime) UnmarshalJSON(text []byte) error {
	m.Given = true
	if bytes.Equal(text, []byte("null")) {
		return nil
	}
	m.Time = new(time.Time)
	return json.Unmarshal(text, m.Time)
}

// Schema implements huma.SchemaProvider.
func (maybeTime) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}

// change is the time after a change.
func (m maybeTime) change(field string, was *time.Time) (*time.Time, error) {
	if !m.Given {
		return was, nil
	}
	return checkedTime(field, m.Time)
}

// checkedTime refuses years that are typing errors.
func checkedTime(field string, t *time.Time) (*time.Time, error) {
	if t != nil && (t.UTC().Year() < 1970 || t.UTC().Year() > 2200) {
		return nil, &catalog.FieldError{Field: field, Code: "invalid_time", Message: "Please give a time between 1970 and 2200."}
	}
	return utc(t), nil
}
