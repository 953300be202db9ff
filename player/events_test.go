package player

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func (f *fake) Events(context.Context) ([]Event, error) { return []Event{demoEvent()}, nil }

func (f *fake) Event(_ context.Context, id string) (Event, error) {
	if id != "spw_1" {
		return Event{}, ErrNotFound
	}
	return demoEvent(), nil
}

func demoEvent() Event {
	return Event{
		ID: "spw_1", Title: "Cardiology day, Lisbon", ProgramTitle: "Heart failure in general practice", Admission: "approval",
		Cap: 150, Admitted: 41, Waiting: 2, OpensAt: liveAt, ClosesAt: liveAt.Add(8 * time.Hour), Requests: []EventRequest{
			{ID: "req_1", Name: "Dr Ana López", Email: "ana@example.org", Country: "PT", Speciality: "Family medicine", CouncilNumber: "OM 12345", CreatedAt: liveAt},
			{ID: "req_2", Name: "د. أميرة حداد", Email: "amira@example.org", Country: "EG", CreatedAt: liveAt.Add(time.Minute)},
		},
	}
}

func (f *fake) Moderators(context.Context) ([]Person, error) {
	return []Person{{"acc_5", "Mo Derator", "mo@example.org"}}, nil
}

func (f *fake) CreateEvent(_ context.Context, _ string, e NewEvent) (string, error) {
	f.opened = e
	return "7K3M-0ZQX", f.failure
}

func (f *fake) DecideRequest(_ context.Context, id string, admit bool, reason string) error {
	f.decided = id + " " + map[bool]string{true: "admitted", false: "refused"}[admit] + " " + reason
	return f.failure
}

func TestModeratorsDecideOnThePage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = &Viewer{Name: "Mo", Moderator: true, TimeZone: "Europe/Lisbon"}
	wantsRedirect(t, b.get("/"), "/events")
	wants(t, b.get("/events"), http.StatusOK, "Cardiology day, Lisbon", "41 of 150 places taken · 2 doctors wait", "14:00 WET")
	wants(t, b.get("/events/spw_1"), http.StatusOK, "Dr Ana López", "OM 12345", `action="/events/spw_1/requests/req_1/approve"`)
	wants(t, b.get("/events/spw_2"), http.StatusNotFound)
	wantsRedirect(t, b.post("/events/spw_1/requests/req_1/approve", nil), "/events/spw_1")
	if b.decided != "req_1 admitted " {
		t.Errorf("decided %q", b.decided)
	}
	wantsRedirect(t, b.post("/events/spw_1/requests/req_2/refuse", url.Values{"reason": {"Not on our list."}}), "/events/spw_1")
	if b.decided != "req_2 refused Not on our list." {
		t.Errorf("decided %q", b.decided)
	}
	b.failure = &Refusal{Message: "All places of this event are taken."}
	wants(t, b.post("/events/spw_1/requests/req_1/approve", nil), http.StatusConflict, "All places of this event are taken.")
	b.viewer = &Viewer{Doctor: true}
	for _, w := range []int{b.get("/events").Code, b.get("/events/spw_1").Code, b.post("/events/spw_1/requests/req_1/approve", nil).Code} {
		if w != http.StatusForbidden {
			t.Errorf("a doctor gets %d", w)
		}
	}
}

func TestOpeningRegistration(t *testing.T) {
	t.Parallel()
	b := setup(t)
	typed := url.Values{
		"title": {"Cardiology day"}, "cap": {"150"}, "opens_at": {"2026-12-03T10:00"}, "closes_at": {"2026-12-03T18:00"}, "admission": {"domain"},
		"domains": {"hospital.org, clinic.example"}, "numbers": {"OM 1\r\n\r\nOM 2"}, "moderator_ids": {"acc_5"},
	}
	wants(t, b.get("/admin/programs/prg_1/events/new"), http.StatusOK, `name="admission"`, "Mo Derator")
	wants(t, b.post("/admin/programs/prg_1/events/new", typed), http.StatusOK, "7K3M-0ZQX", "https://learn.example.org/register")
	if e := b.opened; len(e.Domains) != 2 || len(e.Numbers) != 2 || e.Numbers[0] != "OM 1" || e.Cap != 150 || !e.OpensAt.Equal(time.Date(2026, 12, 3, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("opened %+v", e)
	}
	typed.Set("cap", "many")
	wants(t, b.post("/admin/programs/prg_1/events/new", typed), http.StatusUnprocessableEntity, "Write a whole number", `value="hospital.org, clinic.example"`)
}

func TestWaitingDoctorsAreToldWhatToDo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	typed := url.Values{"invitation_code": {"WAIT-0ZQX"}, "email": {"a@example.org"}, "name": {"Dr A"}, "country": {"EG"}, "time_zone": {"Africa/Cairo"}, "council_number": {"OM 1"}, "consent_participation_record": {"2026-11"}}
	wantsRedirect(t, b.post("/register", typed), "/register/waiting")
	if b.taken.CouncilNumber != "OM 1" {
		t.Errorf("registered %+v", b.taken)
	}
	wants(t, b.get("/register/waiting"), http.StatusOK, "e-mail as soon as it is decided", "tell the organisers")
}
