package playbackapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"rounds/catalog/identity"
)

func TestAnalyticsOfAWebinar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + string(b.webinar) + "/analytics"
	b.want(http.StatusNotFound, b.call(b.doctor, "GET", path, ""))
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "GET", path, ""))

	presenter := b.newDoctor() // is enrolled as well
	b.exec(`insert into webinar_presenters (webinar_id, account_id) values ($1, $2)`, b.webinar, presenter.AccountID)
	for range 4 {
		b.newDoctor()
	}
	b.exec(`update accounts set country = 'EG'`)
	b.exec(`update enrolments set created_at = now() - interval '2 days'`)
	b.exec(`insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges) select id, $1, $2, 'replay', '{[0,50000)}' from enrolments`, b.webinar, b.recording)
	got := b.want(http.StatusOK, b.call(presenter, "GET", path, ""))
	watched := got.json["watched"].(map[string]any)
	second := watched["seconds"].([]any)
	if text := fmt.Sprint(len(second), second[0], second[49], second[50], watched["mean_percent"], got.json["started"], got.json["finished"]); text != "100 6 6 <nil> 50 6 0" {
		t.Errorf("watched %s", text)
	}
	if text := fmt.Sprint(got.json["countries"]); text != "[map[completed:<nil> enrolled:6 name:EG started:<nil>]]" {
		t.Errorf("countries %s", text)
	}
	if text := fmt.Sprint(got.json["questions"]); text != "map[asked:0 open:0 places:[]]" {
		t.Errorf("questions %s", text)
	}
	if live := got.json["live"].(map[string]any); live["mean_percent"] != nil || live["seconds"].([]any)[0] != nil {
		t.Errorf("live %v", live)
	}
}
