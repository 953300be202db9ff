package player

import (
	"context"
	"time"
)

// What the fake knows of people who need help, of figures and of wishes.

func helpedDoctor() HelpedDoctor {
	seen := liveAt
	return HelpedDoctor{
		ID: "acc_ana", Name: "Dr Ana López", Email: "ana@hospital.example", TimeZone: "Europe/Lisbon", Country: "PT", CouncilNumber: "PT-12345",
		Device: "Chrome on Windows", SignedInAt: &seen, Further: []FurtherEmail{{"ana@mail.example", true}}, Bounces: []string{"ana@hospital.example"},
		Programs: []HelpedProgram{{"prg_1", "Heart failure in general practice", true, "Left the hospital"}}, MayBeHelped: true,
	}
}

func (f *fake) FindDoctors(_ context.Context, words string) ([]HelpedDoctor, error) {
	if words == "nobody" {
		return nil, nil
	}
	merged := helpedDoctor()
	merged.ID, merged.MergedInto, merged.Email = "acc_old", "acc_ana", "acc_old@merged.invalid"
	return []HelpedDoctor{helpedDoctor(), merged}, nil
}

func (f *fake) HelpedDoctor(_ context.Context, id string) (HelpedDoctor, []Happening, error) {
	if id != "acc_ana" {
		return HelpedDoctor{}, nil, ErrNotFound
	}
	return helpedDoctor(), []Happening{
		{"ana@hospital.example takes no messages: mail comes back.", "Thu 3 Dec 2026, 14:05 WET (Europe/Lisbon)", "Thu 3 Dec 2026, 16:05 EET (Africa/Cairo)", true},
		{"Watched “Beta blockers”: 12 min 10 s were counted, 40 % of it (0:00–12:10).", "Thu 3 Dec 2026, 13:05 WET (Europe/Lisbon)", "Thu 3 Dec 2026, 15:05 EET (Africa/Cairo)", false},
	}, nil
}

func (f *fake) noted(act string) error {
	f.done = append(f.done, act)
	return f.failure
}

func (f *fake) MailCode(_ context.Context, _, reason string) (string, error) {
	return "ana@hospital.example", f.noted("mail " + reason)
}

func (f *fake) ReadOutCode(_ context.Context, _, reason string) (PhoneCode, error) {
	return PhoneCode{"482913", "ana@hospital.example", liveAt}, f.noted("phone " + reason)
}

func (f *fake) CorrectDoctor(_ context.Context, _, name, email, reason string) error {
	return f.noted("correct " + name + " " + email + " " + reason)
}

func (f *fake) LinkEmail(_ context.Context, _, email, reason string) error {
	return f.noted("link " + email + " " + reason)
}

func (f *fake) UnlinkEmail(_ context.Context, _, email, reason string) error {
	return f.noted("unlink " + email + " " + reason)
}

func (f *fake) PreviewMerge(_ context.Context, _, email string) (MergePreview, error) {
	if email != "ana@old.example" {
		return MergePreview{}, ErrNotFound
	}
	source := helpedDoctor()
	source.ID, source.Email = "acc_old", "ana@old.example"
	return MergePreview{
		Source: source, Target: helpedDoctor(), Overlap: 4 * time.Minute, Digest: "d1",
		Programs: []MergeProgram{{Title: "Heart failure in general practice", Ended: true, Webinars: []MergeWebinar{{Title: "Beta blockers", Source: 40, Target: 55, Union: 95, Completed: true}}}},
	}, nil
}

func (f *fake) MergeDoctors(_ context.Context, id, source, digest, reason string) error {
	return f.noted("merge " + source + " into " + id + " " + digest + " " + reason)
}

func (f *fake) SponsoredPrograms(context.Context) ([]SponsoredProgram, error) {
	return []SponsoredProgram{{"prg_1", "Heart failure in general practice"}}, nil
}

func (f *fake) Figures(_ context.Context, id string) (Figures, error) {
	if id != "prg_1" {
		return Figures{}, ErrNotFound
	}
	n := func(x int) *int { return &x }
	return Figures{
		Title: "Heart failure in general practice", AsOf: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Least: 5,
		Total:        FiguresLine{"", n(140), n(96), nil},
		Courses:      []FiguresLine{{"Recognising heart failure early", n(140), n(80), n(31)}},
		Countries:    []FiguresLine{{"PT", n(90), n(60), nil}, {"AT", nil, nil, nil}, {"", nil, nil, nil}},
		Specialities: []FiguresLine{{"Cardiology", n(140), n(96), nil}},
		Weeks:        []FiguresLine{{"2026-11-02", n(100), n(50), nil}},
		Contacts:     []Contact{{"Dr Ana López", "PT", "Cardiology"}},
	}, nil
}

func (f *fake) Consents(context.Context) ([]ConsentChoice, []ConsentDecision, error) {
	return []ConsentChoice{{"sponsor_sharing", "2026-11", f.granted}}, []ConsentDecision{{"sponsor_sharing", "2026-11", f.granted, liveAt}}, nil
}

func (f *fake) DecideConsent(_ context.Context, _, _ string, granted bool) error {
	f.granted = granted
	return f.failure
}

func (f *fake) Erasure(context.Context) (*Erasure, error) { return f.erasure, nil }

func (f *fake) AskErasure(_ context.Context, note string) error {
	f.erasure = &Erasure{ID: "ers_1", AccountID: "acc_ana", Name: "Dr Ana López", Email: "ana@hospital.example", State: "open", Note: note, CreatedAt: liveAt}
	return f.failure
}

func (f *fake) WithdrawErasure(context.Context) error {
	f.erasure = nil
	return f.failure
}

func (f *fake) OpenErasures(context.Context) ([]Erasure, error) {
	if f.erasure == nil {
		return nil, nil
	}
	return []Erasure{*f.erasure}, nil
}

func (f *fake) Erase(_ context.Context, account, reason string) error {
	return f.noted("erase " + account + " " + reason)
}

func (f *fake) RefuseErasure(_ context.Context, id, reason string) error {
	return f.noted("refuse " + id + " " + reason)
}
