package playbackapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rounds/catalog/identity"
	"rounds/playback/evidence"
)

func TestExportOfEvidence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.watch(b.doctor, 0, 95)
	second := b.newDoctor()
	b.watch(second, 5, 100)
	path := "/v1/programs/" + string(b.program) + "/evidence"
	export := b.want(http.StatusOK, b.call(admin, "GET", path, ""))
	if report, err := evidence.Verify(strings.NewReader(export.body), evidence.NoHeads); err != nil || report.Records != 2 || report.Enrolments != 2 || report.Program != b.program {
		t.Errorf("report %+v, %v", report, err)
	}
	if got := export.Header.Get("Content-Type"); got != "application/x-ndjson" || strings.Contains(export.body, "@example.org") {
		t.Errorf("%s: %s", got, export.body)
	}

	statements := func(query string) []map[string]any {
		t.Helper()
		var out []map[string]any
		a := b.want(http.StatusOK, b.call(admin, "GET", path+query, ""))
		if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.Header.Get("Content-Type") != "application/json" {
			t.Fatalf("%v: %s", err, a.body)
		}
		return out
	}
	told, withAddress := statements("?format=xapi"), statements("?format=xapi&email=true")
	if len(told) != 2 || told[0]["id"] != withAddress[0]["id"] {
		t.Fatalf("statements %v and %v", told, withAddress)
	}
	actor, named := told[0]["actor"].(map[string]any), withAddress[0]["actor"].(map[string]any)
	if account, ok := actor["account"].(map[string]any); !ok || account["homePage"] != base || named["mbox"] == nil || actor["mbox"] != nil {
		t.Errorf("actors %v and %v", actor, named)
	}

	b.want(http.StatusForbidden, b.call(b.doctor, "GET", path, ""))
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "GET", path, ""))
	b.want(http.StatusNotFound, b.call(admin, "GET", "/v1/programs/prg_none/evidence", ""))
	b.want(http.StatusUnprocessableEntity, b.call(admin, "GET", path+"?format=csv", ""))
	b.want(http.StatusUnprocessableEntity, b.call(admin, "GET", path+"?email=true", ""))
}

func TestExportOfNoEvidence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/programs/" + string(b.program) + "/evidence"
	if report, err := evidence.Verify(strings.NewReader(b.call(admin, "GET", path, "").body), evidence.NoHeads); err != nil || report.Records != 0 {
		t.Errorf("report %+v, %v", report, err)
	}
	if a := b.call(admin, "GET", path+"?format=xapi", ""); a.body != "[]\n" {
		t.Errorf("statements %q", a.body)
	}
}
