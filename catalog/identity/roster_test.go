package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rounds/catalog"
)

// lines are what ReadRoster hands over, in words.
func lines(t *testing.T, file string) (told []string) {
	t.Helper()
	err := ReadRoster(strings.NewReader(file), func(r RosterRow) error {
		line := fmt.Sprintf("%d %s %s", r.Line, r.Email, r.Profile.Name)
		if r.Problem != nil {
			line = fmt.Sprintf("%d %s", r.Line, r.Problem.Code)
		}
		told = append(told, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return told
}

func TestRosterIsReadAsSpreadsheetsSaveIt(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"comma":     "email,name\nana@x.org,Ana López\n",
		"semicolon": "Name;E-Mail\r\n\"Ana López\";Ana@X.org\r\n",
		"tab":       "First Name\tLast name\tE-mail address\tnotes\nAna\tLópez\tana@x.org\n",
		"mark":      "\xef\xbb\xbfemail,name\n ana@x.org , Ana   López ",
		"guarded":   "email,name,phone\nana@x.org,Ana López,'+351 123\n",
	} {
		if got := lines(t, file); !slices.Equal(got, []string{"2 ana@x.org Ana López"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRosterTellsWhatIsWrongByLine(t *testing.T) {
	t.Parallel()
	got := lines(t, "email,name,country,time_zone\n"+
		"ana@x.org,Ana,PT,Europe/Lisbon\n"+
		"not an address,Bo,,\n"+
		"\n"+
		"ANA@x.org,Ana again,,\n"+
		"cy@x.org,,,\n"+
		"di@x.org,Di,Portugal,\n"+
		"ed@x.org,Ed,,Mars\n"+
		"fa@x.org,\xff\xfe,,\n"+
		"short\n"+
		"go@x.org,\u200b\x07,,\n"+
		"hi@x.org,Hi,IN,\n")
	want := []string{
		"2 ana@x.org Ana", "3 invalid_email", "5 duplicate", "6 required", "7 invalid_country", "8 invalid_time_zone",
		"9 invalid_text", "10 invalid_email", "11 invalid_text", "12 hi@x.org Hi",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	got = lines(t, "email,name\na@x.org,\"open\nb@x.org,B\nc@x.org,C\n")
	if !slices.Equal(got, []string{"2 open_quote"}) {
		t.Errorf("%q", got)
	}
}

func TestRosterRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for code, file := range map[string]string{
		"empty": "", "missing_column": "name,phone\n", "column_twice": "email,e-mail,name\n",
		"too_many_rows": "email,name\n" + strings.Repeat("a@x.org,A\n", MaxRoster+1),
	} {
		err := ReadRoster(strings.NewReader(file), func(RosterRow) error { return nil })
		var field *catalog.FieldError
		if !errors.As(err, &field) || field.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
}

// TestNoCellIsAFormula: whatever a person is called, a spreadsheet shows it and
// the import gives it back.
func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching(`[=+@\-']?[a-z0-9=+@'\- ]{0,10}`).Draw(t, "cell")
		written := Guarded(cell)
		if written != "" && strings.ContainsRune("=+-@\t\r", rune(written[0])) {
			t.Fatalf("%q is computed", written)
		}
		if !strings.HasPrefix(cell, "'") && unguarded(written) != cell {
			t.Fatalf("%q comes back as %q", cell, unguarded(written))
		}
	})
}

func FuzzReadRoster(f *testing.F) {
	f.Add("email,name\na@x.org,A\n")
	f.Add("\xef\xbb\xbfname;email\n\"a\nb\";x")
	f.Fuzz(func(t *testing.T, file string) {
		last := 0
		_ = ReadRoster(strings.NewReader(file), func(r RosterRow) error {
			if r.Line <= last || r.Problem == nil && (r.Email == "" || r.Profile.Name == "") {
				t.Fatalf("%+v after line %d", r, last)
			}
			last = r.Line
			return nil
		})
	})
}
