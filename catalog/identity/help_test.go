package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

func TestMayHelp(t *testing.T) {
	t.Parallel()
	supporter := Principal{AccountID: "acc_s", Roles: []Role{RoleSupport}}
	doctor := Person{Account: Account{ID: "acc_d", Roles: []Role{RoleDoctor}}}
	now := time.Now()
	merged, erased := doctor, doctor
	merged.MergedInto, erased.ErasedAt = "acc_x", &now
	for name, c := range map[string]struct {
		who  Principal
		p    Person
		want error
	}{
		"a supporter helps a doctor":           {supporter, doctor, nil},
		"an admin helps anybody":               {Principal{AccountID: "acc_a", Roles: []Role{RoleAdmin}}, Person{Account: Account{ID: "acc_p", Roles: []Role{RolePresenter}}}, nil},
		"a supporter does not help presenters": {supporter, Person{Account: Account{ID: "acc_p", Roles: []Role{RoleDoctor, RolePresenter}}}, ErrStaffAccount},
		"nor administrators":                   {supporter, Person{Account: Account{ID: "acc_p", Roles: []Role{RoleAdmin}}}, ErrStaffAccount},
		"nor herself":                          {supporter, Person{Account: Account{ID: "acc_s", Roles: []Role{RoleDoctor}}}, catalog.ErrForbidden},
		"a doctor helps nobody":                {Principal{AccountID: "acc_e", Roles: []Role{RoleDoctor}}, doctor, catalog.ErrForbidden},
		"what was merged is gone":              {supporter, merged, ErrMerged},
		"also what was erased":                 {supporter, erased, ErrErased},
	} {
		if got := MayHelp(c.who, c.p); !errors.Is(got, c.want) || c.want == nil && got != nil {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestReadOutsAreFew(t *testing.T) {
	t.Parallel()
	if err := AllowReadOut(ReadOutsPerHour-1, ReadOutsPerAccount-1); err != nil {
		t.Error(err)
	}
	for _, c := range [][2]int{{ReadOutsPerHour, 0}, {0, ReadOutsPerAccount}} {
		if err := AllowReadOut(c[0], c[1]); !errors.Is(err, catalog.ErrRateLimited) {
			t.Errorf("%v: %v", c, err)
		}
	}
	now := time.Now()
	if code := MintReadOut([]byte("pepper"), now); code.ExpiresAt.Sub(now) != ReadOutLife || len(code.Digits) != 6 {
		t.Errorf("%+v", code)
	}
}

func TestSearchTerms(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]string{
		"Dr. Ana López":                  "Ana López",
		"  prof  li, wei ":               "li wei",
		"ana.lopez@hospital.org ":        "ana.lopez@hospital.org",
		"a":                              "",
		"\x00\xff":                       "",
		"PT-12345":                       "PT-12345",
		"a1 a2 a3 a4 a5 a6 a7 a8 a9 a10": "a1 a2 a3 a4 a5 a6 a7 a8",
	} {
		if got := strings.Join(SearchTerms(q), " "); got != want {
			t.Errorf("%q: %q, want %q", q, got, want)
		}
	}
}

func TestCorrectionNeedsAReasonAndAPart(t *testing.T) {
	t.Parallel()
	name, email := " Dr  Ana ", "ANA@Hospital.org "
	c, err := Correction{Name: &name, Email: &email, Reason: "She married"}.Clean()
	if err != nil || *c.Name != "Dr Ana" || *c.Email != "ana@hospital.org" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []Correction{{Name: &name}, {Reason: "x"}, {Email: &name, Reason: "x"}} {
		var field *catalog.FieldError
		if _, err := bad.Clean(); !errors.As(err, &field) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestMomentsAreSentences: every kind has words of its own.
func TestMomentsAreSentences(t *testing.T) {
	t.Parallel()
	seen := map[string]MomentKind{}
	for _, kind := range MomentKinds() {
		m := Moment{Kind: kind, Title: "Beta blockers", Address: "ana@hospital.org", Device: "Chrome on Windows"}
		text := m.Sentence().String()
		if other, twice := seen[text]; twice || !strings.HasSuffix(text, ".") || strings.Contains(text, "  ") {
			t.Errorf("%s and %s: %q", kind, other, text)
		}
		seen[text] = kind
	}
	m := Moment{Kind: MomentLive, Title: "Beta blockers", Percent: 40.2, Detail: catalog.Say("24 min 0 s"), By: "Sam", Reason: "A wrong report."}
	if got, want := m.Sentence().String(), "Was in the live session of “Beta blockers” and left at 40 % of it: 24 min 0 s, by Sam (A wrong report)."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSortMoments(t *testing.T) {
	t.Parallel()
	now := time.Now()
	moments := []Moment{{At: now.Add(-time.Hour), Kind: MomentInvited}, {At: now, Kind: MomentSignedIn}, {At: now.Add(-time.Minute), Kind: MomentCodeAsked}}
	SortMoments(moments)
	if moments[0].Kind != MomentSignedIn || moments[2].Kind != MomentInvited {
		t.Errorf("%v", moments)
	}
}
