package attendance

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode turns the bytes of a report into text. A byte order mark decides;
// without one, zero bytes give UTF-16 away, since a header is plain ASCII.
func decode(content []byte) (string, error) {
	switch {
	case bytes.HasPrefix(content, []byte{0xEF, 0xBB, 0xBF}):
		content = content[3:]
	case bytes.HasPrefix(content, []byte{0xFF, 0xFE}):
		return decode16(content[2:], binary.LittleEndian)
	case bytes.HasPrefix(content, []byte{0xFE, 0xFF}):
		return decode16(content[2:], binary.BigEndian)
	case len(content) >= 2 && content[0] != 0 && content[1] == 0:
		return decode16(content, binary.LittleEndian)
	case len(content) >= 2 && content[0] == 0 && content[1] != 0:
		return decode16(content, binary.BigEndian)
	}
	if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return "", whole("This is no text in UTF-8 or UTF-16. Please send the report as the platform saved it, as CSV.")
	}
	return string(content), nil
}

func decode16(content []byte, order binary.ByteOrder) (string, error) {
	if len(content)%2 != 0 {
		return "", whole("This file is cut off: half a character is missing at its end.")
	}
	units := make([]uint16, 0, len(content)/2)
	for ; len(content) > 0; content = content[2:] {
		units = append(units, order.Uint16(content))
	}
	return string(utf16.Decode(units)), nil
}

// record is a line of the report, cut into cells.
type record struct {
	line  int
	cells []string
}

// heading returns the text of a record with nothing but its first cell.
func (r record) heading() string {
	for _, cell := range r.cells[1:] {
		if clean(cell) != "" {
			return ""
		}
	}
	return clean(r.cells[0])
}

// split cuts text into records. Between tabs a quote is a character as any
// other: names have them, and Teams does not escape them.
func split(text string, delimiter rune) ([]record, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = delimiter, -1, delimiter == '\t'
	var records []record
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			return records, Errors{{Line: bad.StartLine, Message: "A quotation mark is missing or too many here."}}
		} else if err != nil {
			return records, err
		}
		line, _ := reader.FieldPos(0)
		records = append(records, record{line, cells})
	}
}

// clean takes from a cell what only the eye sees: spaces of other kinds (Teams
// writes U+202F before AM), marks of direction, and blanks around it.
func clean(cell string) string {
	cell = strings.Map(func(r rune) rune {
		switch r {
		case '\u00a0', '\u202f', '\u2009':
			return ' '
		case 0, '\ufeff', '\u200e', '\u200f', '\u202a', '\u202c':
			return -1
		default:
			return r
		}
	}, cell)
	return strings.TrimSpace(cell)
}
