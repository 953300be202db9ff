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
	board   QualityQuery
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
			PresenterIDs: []string{"acc_1"}, ModeratorIDs: []string{"acc_5"}, Expected: 3000, AutoPublish: true,
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

func (f *administratingFake) Queue(_ context.Context, state, _ string) ([]QueuedRecording, string, error) {
	if f.bare || state == "uploading" {
		return nil, "", nil
	}
	const webinar, program = "Four pillars: who gets what, and when", "Heart failure in general practice"
	one := func(r Recording) QueuedRecording {
		return QueuedRecording{Recording: r, WebinarID: "web_2", WebinarTitle: webinar, ProgramTitle: program, UpdatedAt: longAgo, Attempts: 1}
	}
	processing := one(Recording{ID: "rec_2", Filename: "four-pillars-cut.mp4", State: "processing", Progress: 0.42})
	processing.Stage, processing.Workers, processing.Attempts = "encode", []string{"worker-1.example.org", "worker-2.example.org"}, 2
	lost := one(Recording{ID: "rec_5", Filename: "a-very-long-name-of-a-file-as-cameras-and-presenters-make-them_final_FINAL.mp4", State: "processing"})
	lost.Stalled, lost.LastError = "lost", "exit status 137"
	failed := one(Recording{ID: "rec_6", Filename: "case.mp4", State: "failed", Failure: "Something went wrong on our side.", Retry: true})
	ready := one(Recording{ID: "rec_1", Filename: "four-pillars.mp4", State: "ready", Current: true})
	unpublished := one(Recording{ID: "rec_7", Filename: "questions.mp4", State: "ready"})
	return []QueuedRecording{processing, lost, failed, ready, unpublished}, "q2", nil
}

func (f *administratingFake) Readiness(_ context.Context, id string) (Readiness, error) {
	switch id {
	case "web_2":
		return Readiness{WebinarID: id, Title: "Four pillars: who gets what, and when", Light: "red", Checks: []ReadinessCheck{
			{"recording", "green", "The recording is ready and shown to doctors.", ""},
			{"captions", "amber", "There are no captions; deaf doctors are kept out, and search finds nothing that is said.", "Upload captions on the recording's page."},
			{"mail", "red", "812 messages wait, the oldest for 14 minutes: sign-in codes may be late.", "Look at the messages page for what the mail server says."},
		}}, nil
	case "web_3":
		return Readiness{WebinarID: id, Title: "Kidneys, potassium and titration", Light: "green", Checks: []ReadinessCheck{{"disk", "green", "40 % of the disk of this server are free.", ""}}}, nil
	}
	return Readiness{}, ErrNotFound
}

func (f *administratingFake) Tokens(context.Context, string) ([]Token, string, error) {
	return []Token{
		{ID: "tok_1", Name: "learning system", Scopes: []string{"catalog:read", "people:write"}, By: "Dr Amira Haddad", CreatedAt: longAgo, ExpiresAt: &liveAt, UsedAt: &longAgo},
		{ID: "tok_2", Name: "first upload", Roles: []string{"admin"}, By: "system", CreatedAt: longAgo, Revoked: true},
	}, "", nil
}

func (f *administratingFake) CreateToken(_ context.Context, name string, scopes []string, _ *time.Time) (string, error) {
	return "rnd_secret", f.act("token %s %s", name, strings.Join(scopes, ","))
}

func (f *administratingFake) RevokeToken(_ context.Context, id string) error {
	return f.act("revoke %s", id)
}

func (f *administratingFake) TokenScopes() []string { return []string{"catalog:read", "people:write"} }

func (f *administratingFake) EventTypes() []string {
	return []string{"course.completed", "recording.ready"}
}

func (f *administratingFake) Webhooks(context.Context) ([]Webhook, error) {
	if f.bare {
		return nil, nil
	}
	return []Webhook{
		{ID: "whe_1", URL: "https://learning.example.org/hooks", Description: "Learning system", Events: []string{"course.completed"}, FailingSince: &longAgo},
		{ID: "whe_2", URL: "https://old.example.org/hooks", Disabled: true, Reason: "it answered 410"},
		{ID: "whe_3", URL: "https://new.example.org/hooks"},
	}, nil
}

func (f *administratingFake) CreateWebhook(_ context.Context, address, _ string, events []string) (string, error) {
	return "whsec_secret", f.act("webhook %s %s", address, strings.Join(events, ","))
}

func (f *administratingFake) SwitchWebhook(_ context.Context, id string, on bool) error {
	return f.act("switch %s %t", id, on)
}

func (f *administratingFake) DeleteWebhook(_ context.Context, id string) error {
	return f.act("delete webhook %s", id)
}

func (f *administratingFake) Deliveries(_ context.Context, endpoint, _, _ string) ([]Delivery, string, error) {
	if endpoint == "whe_2" {
		return nil, "", nil
	}
	return []Delivery{
		{ID: "whd_1", EndpointID: "whe_1", EventID: "evt_6f1c2a9d0e8b47b6a1a5c6f0d2b3e4f5", EventType: "course.completed", State: "dead", At: longAgo, Attempts: 9, LastError: "it answered 500"},
		{ID: "whd_2", EndpointID: "whe_1", EventID: "evt_2", EventType: "recording.ready", State: "delivered", At: longAgo, Attempts: 1},
	}, "", nil
}

func (f *administratingFake) Replay(_ context.Context, endpoint, event string) error {
	return f.act("replay %s %s", endpoint, event)
}

func (f *administratingFake) Audit(_ context.Context, q AuditQuery) ([]AuditEntry, string, error) {
	if q.Since != nil {
		f.acted = append(f.acted, "since "+q.Since.Format(time.RFC3339))
	}
	if q.Actor == "nobody" {
		return nil, "", nil
	}
	return []AuditEntry{
		{At: longAgo, Actor: "acc_1", ActorName: "Dr Amira Haddad", Action: "webinar.update", ObjectType: "webinar", ObjectID: "web_01k2yq7w8r9s0t1v2w3x4y5z6a", Detail: `{"title":"Four pillars: who gets what, and when"}`},
		{At: longAgo, Actor: "system", ActorName: "system", Action: "recording.publish", ObjectType: "recording", ObjectID: "rec_1"},
	}, "a2", nil
}

func (f *administratingFake) Messages(_ context.Context, q MessageQuery) ([]SentMessage, string, error) {
	if q.Recipient == "x" {
		return nil, "", &FieldError{Field: "query.recipient", Message: "Please give an e-mail address."}
	}
	return []SentMessage{
		{ID: "msg_1", Recipient: "ana@example.org", Kind: "invitation", Channel: "email", State: "given_up", LastError: "550 5.1.1 no such user", CreatedAt: longAgo, Resendable: true},
		{ID: "msg_2", Recipient: "ben@example.org", Kind: "sign_in_code", Channel: "email", State: "sent", CreatedAt: longAgo},
	}, "", nil
}

func (f *administratingFake) SendMessageAgain(_ context.Context, id string) error {
	return f.act("again %s", id)
}

func (f *administratingFake) Texts(context.Context, string, string) ([]MessageText, string, error) {
	return []MessageText{
		{ID: "tpl_1", Channel: "whatsapp", Kind: "sign_in_code", Locale: "pt-BR", ExternalID: "rounds_sign_in_1", Approval: "submitted", Body: "O seu código é {{.code}}.", Version: 2},
		{ID: "tpl_2", Channel: "sms", Kind: "sign_in_code", Locale: "hi", Approval: "rejected", Note: "The sender name is missing.", Body: "{{.code}}", Version: 1},
		{ID: "tpl_3", Channel: "email", Kind: "invitation", Locale: "fr", Approval: "approved", Body: "Bonjour", Version: 1},
	}, "", nil
}

func (f *administratingFake) SetApproval(_ context.Context, id, approval string) error {
	return f.act("approval %s %s", id, approval)
}

func (f *administratingFake) Settings(ctx context.Context) ([]Setting, error) {
	said := func(text string) string { return Say(LanguageOf(ctx), text) }
	return []Setting{
		{"ROUNDS_BASE_URL", "https://learn.example.org", said("Address that browsers use, e.g. https://learn.example.org. Cookies are Secure exactly when it is https.")},
		{"ROUNDS_DATABASE_URL", "•••", said("PostgreSQL 15 or newer, as postgres://user:password@host/name. Give it by environment: it holds a password.")},
		{"ROUNDS_MAIL_RATE", "20", said("Mails a second that all processes together hand over at most; codes go first. 0: any number.")},
	}, nil
}
