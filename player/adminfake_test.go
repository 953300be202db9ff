package player

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// administratingFake is the installation that administrators see; what they do
// is written down in did.
type administratingFake struct {
	acted   []string
	refusal error // of every act
	bare    bool  // nothing is there yet
	saved   Item
}

func (f *administratingFake) act(format string, args ...any) error {
	f.acted = append(f.acted, strings.TrimSpace(fmt.Sprintf(format, args...)))
	return f.refusal
}

var longAgo = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func (f *administratingFake) FindAccounts(_ context.Context, q AccountQuery) ([]Account, string, error) {
	if f.bare || q.Words == "nobody" {
		return nil, "", nil
	}
	if q.Role == "bad" {
		return nil, "", &FieldError{Field: "role", Message: "There is no such role."}
	}
	return []Account{
		{ID: "acc_9", Name: "Dr Ana López", Email: "ana@example.org", Country: "PT", Roles: []string{"doctor"}, CreatedAt: longAgo},
		{ID: "acc_1", Name: "Dr Amira Haddad", Email: "a.very.long.address.of.a.presenter@university-hospital.example.org", Country: "EG", Roles: []string{"doctor", "presenter", "admin"}, CreatedAt: longAgo},
		{ID: "acc_7", Name: "Dr Ben Okafor", Email: "ben@example.org", Country: "NG", Roles: []string{"doctor"}, Disabled: true, CreatedAt: longAgo},
	}, "c2", nil
}

func (f *administratingFake) Account(_ context.Context, id string) (Account, error) {
	a := Account{
		ID: id, Name: "Dr Ana López", Email: "ana@example.org", Country: "PT", TimeZone: "Europe/Lisbon", Speciality: "Cardiology", CouncilNumber: "OM-44871",
		Roles: []string{"doctor"}, Version: 3, CreatedAt: longAgo,
		Programs: []HelpedProgram{{ID: "prg_1", Title: "Heart failure in general practice"}, {ID: "prg_2", Title: "Diabetes at the bedside", Ended: true, EndReason: "Left the hospital."}},
		Devices:  []Device{{ID: "log_1", Name: "Chrome on Windows", CreatedAt: longAgo, LastUsedAt: longAgo.Add(time.Hour)}, {ID: "log_2", CreatedAt: longAgo, LastUsedAt: longAgo}},
	}
	switch id {
	case "acc_9":
		return a, nil
	case "acc_7":
		a.ID, a.Name, a.Disabled, a.Programs, a.Devices = id, "Dr Ben Okafor", true, nil, nil
		return a, nil
	}
	return Account{}, ErrNotFound
}

func (f *administratingFake) SetRoles(_ context.Context, id string, version int, roles []string) error {
	return f.act("roles %s %d %s", id, version, strings.Join(roles, ","))
}

func (f *administratingFake) DisableAccount(_ context.Context, id string, disabled bool) error {
	return f.act("disable %s %t", id, disabled)
}

func (f *administratingFake) SignOutAccount(_ context.Context, id string) error {
	return f.act("sign out %s", id)
}

func (f *administratingFake) Enrol(_ context.Context, program, account string) error {
	return f.act("enrol %s %s", program, account)
}

func (f *administratingFake) EndEnrolment(_ context.Context, program, account, reason string) error {
	return f.act("end %s %s %s", program, account, reason)
}

func (f *administratingFake) ProgramNames(context.Context) ([]Option, error) {
	return []Option{{"prg_1", "Heart failure in general practice"}, {"prg_2", "Diabetes at the bedside"}, {"prg_3", "Stroke: the first hour"}}, nil
}

func (f *administratingFake) ImportPeople(_ context.Context, program string, list []byte, dryRun bool) (string, error) {
	return "aim_1", f.act("import %s %q %t", program, list, dryRun)
}

func (f *administratingFake) PeopleImport(_ context.Context, id string) (PeopleImport, error) {
	i := PeopleImport{ID: id, State: "done", Total: 412, Done: 412, Created: 380, Existing: 29, Enrolled: 405, Invalid: 3, CreatedAt: longAgo}
	switch id {
	case "aim_1":
		return i, nil
	case "aim_2":
		i.State, i.Done, i.Invalid = "running", 130, 0
		return i, nil
	case "aim_3":
		i.DryRun = true
		return i, nil
	}
	return i, ErrNotFound
}

func (f *administratingFake) BadRows(_ context.Context, id, cursor string) ([]BadRow, string, error) {
	if id == "aim_2" {
		return nil, "", nil
	}
	if cursor != "" {
		return []BadRow{{Line: 391, Email: "=cmd()", Field: "country", Reason: "Please give a country."}}, "", nil
	}
	return []BadRow{
		{Line: 17, Email: "", Field: "email", Reason: "Please give an e-mail address such as name@hospital.org."},
		{Line: 204, Email: "ben@example.org", Field: "email", Reason: "This address stands in line 3 already."},
	}, "rest", nil
}

func (f *administratingFake) Item(_ context.Context, kind, id string) (Item, error) {
	opens := liveAt.Add(-time.Hour)
	switch kind + " " + id {
	case "program prg_1":
		return Item{Kind: kind, ID: id, Title: "Heart failure in general practice", Version: 4}, nil
	case "course crs_2":
		return Item{Kind: kind, ID: id, Title: "Drugs that prolong life", Version: 5, Others: []Option{{"crs_1", "Recognising heart failure early"}, {"crs_3", "Devices and when to refer"}}, Prerequisites: []string{"crs_1"}}, nil
	case "webinar web_2":
		return Item{
			Kind: kind, ID: id, Title: "Four pillars: who gets what, and when", Version: 6, TimeZone: "Europe/Lisbon", StartsAt: &liveAt, OpensAt: &opens,
			PresenterIDs: []string{"acc_1"}, ModeratorIDs: []string{"acc_5"}, AutoPublish: true,
		}, nil
	}
	return Item{}, ErrNotFound
}

func (f *administratingFake) SaveItem(_ context.Context, item Item) error {
	f.saved = item
	return f.act("save %s %s %d", item.Kind, item.ID, item.Version)
}

func (f *administratingFake) MoveItem(_ context.Context, kind, id string, up bool) error {
	return f.act("move %s %s %t", kind, id, up)
}

func (f *administratingFake) DeleteItem(_ context.Context, kind, id string) error {
	return f.act("delete %s %s", kind, id)
}

func (f *administratingFake) RestoreItem(_ context.Context, kind, id string) error {
	return f.act("restore %s %s", kind, id)
}

func (f *administratingFake) DeletedItems(context.Context, string) ([]DeletedItem, string, error) {
	if f.bare {
		return nil, "", nil
	}
	return []DeletedItem{
		{Kind: "course", ID: "crs_9", Title: "Devices, first version", DeletedAt: longAgo, PurgeAt: longAgo.AddDate(0, 0, 30)},
		{Kind: "webinar", ID: "web_9", Title: "A case, step by step", DeletedAt: longAgo, PurgeAt: longAgo.AddDate(0, 0, 30)},
	}, "", nil
}

func (f *administratingFake) Search(_ context.Context, words, _ string) ([]Hit, string, error) {
	switch words {
	case "nothing":
		return nil, "", nil
	case "?":
		return nil, "", &FieldError{Field: "query.q", Message: "Please write at least one word."}
	}
	return []Hit{
		{Kind: "course", ID: "crs_2", Title: "Drugs that prolong life", FoundBy: "title", ProgramTitle: "Heart failure in general practice"},
		{Kind: "webinar", ID: "web_2", Title: "Four pillars: who gets what, and when", FoundBy: "captions", ProgramTitle: "Heart failure in general practice", CourseTitle: "Drugs that prolong life", Presenters: []string{"Dr Amira Haddad"}, Moments: []Moment{{93.5, "en", "and this is why beta blockers are started low"}}},
	}, "h2", nil
}
