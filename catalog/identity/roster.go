package identity

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"rounds/catalog"
)

// MaxRoster is how many people one list may have.
const MaxRoster = 50_000

// RosterRow is one person of a list, or what is wrong with the line.
type RosterRow struct {
	Line    int // of the file, from 1; the heading is one
	Email   string
	Profile Profile
	Problem *catalog.FieldError // nil: it can be taken
}

// rosterColumns are the headings that lists have, as headingOf writes them.
var rosterColumns = map[string]string{
	"email": "email", "emailaddress": "email", "mail": "email", "address": "email", "correo": "email", "correoelectronico": "email", "courriel": "email",
	"name": "name", "fullname": "name", "doctor": "name", "nombre": "name", "nom": "name",
	"firstname": "first_name", "givenname": "first_name", "forename": "first_name",
	"lastname": "last_name", "surname": "last_name", "familyname": "last_name",
	"country": fieldCountry, "countrycode": fieldCountry, "pais": fieldCountry, "pays": fieldCountry,
	"timezone": "time_zone", "tz": "time_zone", "zone": "time_zone",
	"speciality": "speciality", "specialty": "speciality", "locale": "locale", "language": "locale", "lang": "locale",
	"phone": "phone", "telephone": "phone", "mobile": "phone", "phonenumber": "phone",
	"certificatename": "certificate_name", "nameoncertificate": "certificate_name",
	"council": "council", "medicalcouncil": "council",
	"councilnumber": fieldCouncilNumber, "registrationnumber": fieldCouncilNumber, "licencenumber": fieldCouncilNumber, "licensenumber": fieldCouncilNumber,
}

// headingOf is a heading without case, blanks and punctuation.
func headingOf(cell string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-./()", r) {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(cell)))
}

// ReadRoster reads a list of people as spreadsheets save it – UTF-8 with or
// without a byte order mark; comma, semicolon or tab – and hands over each line.
// The first line names the columns; there has to be one for the e-mail address
// and one for the name, or for its two halves. What is wrong with one line
// keeps no other from being read. The error is a *catalog.FieldError on "body"
// when the file is no such list, or what each returned.
func ReadRoster(file io.Reader, each func(RosterRow) error) error {
	rows := newRosterReader(file)
	heading, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return &catalog.FieldError{Field: "body", Code: "empty", Message: "There is nothing in this file."}
	}
	if err != nil {
		return notCSV(err)
	}
	columns, err := columnsOf(heading)
	if err != nil {
		return err
	}
	seen := map[string]int{}
	for n := 0; ; n++ {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.As(err, new(*csv.ParseError)) {
			return notCSV(err)
		}
		if n == MaxRoster {
			return &catalog.FieldError{Field: "body", Code: "too_many_rows", Message: "Please split this list: one call takes %d people.", Args: []any{MaxRoster}}
		}
		if err := each(readRosterRow(rows, columns, cells, err, seen)); err != nil {
			return err
		}
	}
}

func newRosterReader(file io.Reader) *csv.Reader {
	text := bufio.NewReaderSize(file, 64<<10)
	if mark, _ := text.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = text.Discard(len(mark)) // it was peeked
	}
	head, _ := text.Peek(4 << 10) // less when the file is short
	rows := csv.NewReader(text)
	rows.Comma, rows.FieldsPerRecord, rows.TrimLeadingSpace, rows.LazyQuotes = catalog.CSVSeparator(head), -1, true, true
	return rows
}

func notCSV(err error) error {
	return &catalog.FieldError{Field: "body", Code: "invalid_csv", Message: "This file could not be read to its end: %s.", Args: []any{err.Error()}}
}

// columnsOf finds which column has what.
func columnsOf(heading []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, cell := range heading {
		name, known := rosterColumns[headingOf(cell)]
		if _, twice := columns[name]; known && twice {
			return nil, &catalog.FieldError{Field: "body", Code: "column_twice", Message: "Two columns are called %s. Please remove one.", Args: []any{name}}
		}
		if known {
			columns[name] = i
		}
	}
	_, email := columns["email"]
	_, name := columns["name"]
	_, last := columns["last_name"]
	if !email || !name && !last {
		return nil, &catalog.FieldError{Field: "body", Code: "missing_column", Message: "The first line has to name the columns: email and name (or first name and last name), and whatever else of country, time_zone, speciality, locale, phone, certificate_name, council, council_number there is."}
	}
	return columns, nil
}

func readRosterRow(rows *csv.Reader, columns map[string]int, cells []string, broken error, seen map[string]int) RosterRow {
	var parse *csv.ParseError
	if errors.As(broken, &parse) {
		return RosterRow{Line: parse.StartLine, Problem: &catalog.FieldError{Field: "line", Code: "invalid_csv", Message: "This line cannot be read: %s.", Args: []any{parse.Err.Error()}}}
	}
	row := RosterRow{}
	row.Line, _ = rows.FieldPos(0)
	if slices.ContainsFunc(cells, func(cell string) bool { return strings.ContainsAny(cell, "\r\n") }) {
		row.Problem = &catalog.FieldError{Field: "line", Code: "open_quote", Message: "A quotation mark is opened here and not closed on this line; what follows up to the next one was not read."}
		return row
	}
	cell := func(column string) string {
		if i, there := columns[column]; there && i < len(cells) {
			return unguarded(strings.TrimSpace(cells[i]))
		}
		return ""
	}
	err := row.fill(cell)
	if err == nil {
		if first, twice := seen[row.Email]; twice {
			err = &catalog.FieldError{Field: "email", Code: "duplicate", Message: "This address is on line %d already.", Args: []any{first}}
		}
	}
	if errors.As(err, &row.Problem) {
		return row
	}
	seen[row.Email] = row.Line
	return row
}

// fill checks what a line says. A country and a zone may be missing: whoever
// sends a list seldom knows them.
func (r *RosterRow) fill(cell func(string) string) (err error) {
	if r.Email, err = NormalEmail(cell("email")); err != nil {
		return err
	}
	p := &r.Profile
	name := cell("name")
	if name == "" {
		name = strings.TrimSpace(cell("first_name") + " " + cell("last_name"))
	}
	for _, line := range []struct {
		field, value string
		is           *string
		limit        int
	}{
		{"name", name, &p.Name, 200},
		{"speciality", cell("speciality"), &p.Speciality, 200},
		{"phone", cell("phone"), &p.Phone, 40},
		{"certificate_name", cell("certificate_name"), &p.CertificateName, 200},
		{"council", cell("council"), &p.Council, 200},
		{fieldCouncilNumber, cell(fieldCouncilNumber), &p.CouncilNumber, 100},
	} {
		if *line.is, err = catalog.CleanLine(line.field, line.value, line.limit, line.field == "name"); err != nil {
			return err
		}
	}
	if country := cell(fieldCountry); country != "" {
		if p.Country, err = Country(country); err != nil {
			return err
		}
	}
	if p.TimeZone = "UTC"; cell("time_zone") != "" {
		if p.TimeZone, err = TimeZone(cell("time_zone")); err != nil {
			return err
		}
	}
	p.Locale, err = Locale(cell("locale"))
	return err
}

// formulaBegins are the characters by which spreadsheets take a cell for a
// formula (OWASP, CSV injection).
const formulaBegins = "=+-@\t\r"

// Guarded writes a cell so that no spreadsheet computes it: an apostrophe comes
// before what looks like a formula.
func Guarded(cell string) string {
	if cell != "" && strings.ContainsRune(formulaBegins, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// unguarded undoes Guarded, so that a list which was exported can be imported.
func unguarded(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formulaBegins, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}
