package evidence_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"rounds/playback/evidence"
)

func line(t *testing.T, r evidence.Record) evidence.Line {
	t.Helper()
	text, err := evidence.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return evidence.Line{Hash: evidence.Hash(evidence.Sum{}, text), Record: text}
}

func TestStatementOfACompletion(t *testing.T) {
	t.Parallel()
	made, err := evidence.Statement(line(t, evidence.Record{
		Kind: evidence.Completed, At: time.Date(2026, 11, 22, 10, 0, 0, 5e6, time.FixedZone("", 3600)), Enrolment: "enr_1", Number: 1,
		Account: "acc_1", Program: "prg_1", Webinar: "web_1",
		Recording: &evidence.Recording{ID: "rec_1", Token: "t", DurationMS: 3_600_123},
		Rule:      &evidence.Rule{Version: 2, ThresholdHundredths: 9_000, Counts: "union"},
		Watched:   &evidence.Watched{Union: evidence.Spans{{0, 12_000}, {14_500, 3_300_000}}},
	}), evidence.Speaker{BaseURL: "https://learn.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, made, "", " "); err != nil {
		t.Fatal(err)
	}
	uuid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	const want = `{
 "id": "UUID",
 "actor": {
  "objectType": "Agent",
  "account": {
   "homePage": "https://learn.example.org",
   "name": "acc_1"
  }
 },
 "verb": {
  "id": "http://adlnet.gov/expapi/verbs/completed",
  "display": {
   "en": "completed"
  }
 },
 "object": {
  "objectType": "Activity",
  "id": "https://learn.example.org/webinars/web_1",
  "definition": {
   "type": "https://w3id.org/xapi/video/activity-type/video"
  }
 },
 "result": {
  "completion": true,
  "duration": "PT3297.5S",
  "extensions": {
   "https://w3id.org/xapi/video/extensions/played-segments": "0.000[.]12.000[,]14.500[.]3300.000",
   "https://w3id.org/xapi/video/extensions/progress": 0.915,
   "https://w3id.org/xapi/video/extensions/time": 3300
  }
 },
 "context": {
  "registration": "UUID",
  "contextActivities": {
   "parent": [
    {
     "objectType": "Activity",
     "id": "https://learn.example.org/programs/prg_1",
     "definition": {
      "type": "http://adlnet.gov/expapi/activities/course"
     }
    }
   ],
   "category": [
    {
     "objectType": "Activity",
     "id": "https://w3id.org/xapi/video"
    }
   ]
  },
  "platform": "Rounds",
  "extensions": {
   "https://w3id.org/xapi/video/extensions/completion-threshold": 0.9,
   "https://w3id.org/xapi/video/extensions/length": 3600.123
  }
 },
 "timestamp": "2026-11-22T09:00:00.005Z",
 "version": "1.0.3"
}`
	if got := uuid.ReplaceAllString(pretty.String(), "UUID"); got != want {
		t.Errorf("statement:\n%s\nwant:\n%s", got, want)
	}
}

func TestStatementsOfWaivers(t *testing.T) {
	t.Parallel()
	speaker := evidence.Speaker{BaseURL: "https://learn.example.org", Email: "doctor@example.org"}
	waived, err := evidence.Statement(line(t, evidence.Record{Kind: evidence.Waived, Enrolment: "enr_1", Subject: "wvr_1", Reason: "Ill."}), speaker)
	if err != nil || !strings.Contains(string(waived), `"https://w3id.org/xapi/adl/verbs/waived"`) || !strings.Contains(string(waived), `"mbox":"mailto:doctor@example.org"`) {
		t.Errorf("waived: %s, %v", waived, err)
	}
	revoked, err := evidence.Statement(line(t, evidence.Record{Kind: evidence.WaiverRevoked, Enrolment: "enr_1", Subject: "wvr_1"}), speaker)
	if err != nil {
		t.Fatal(err)
	}
	var first, second struct {
		ID     string
		Object struct{ ID string }
	}
	_, _ = json.Unmarshal(waived, &first), json.Unmarshal(revoked, &second)
	if first.ID == "" || second.Object.ID != first.ID || second.ID == first.ID {
		t.Errorf("%s voids %s, want %s", second.ID, second.Object.ID, first.ID)
	}
	completed, err := evidence.Statement(line(t, evidence.Record{Kind: evidence.Completed, Enrolment: "enr_1", Subject: "wvr_1", Reason: "Ill."}), speaker)
	if err != nil {
		t.Fatal(err)
	}
	back, err := evidence.Statement(line(t, evidence.Record{Kind: evidence.TakenBack, Enrolment: "enr_1", Subject: "wvr_1"}), speaker)
	if err != nil {
		t.Fatal(err)
	}
	waiverID := first.ID
	_, _ = json.Unmarshal(completed, &first), json.Unmarshal(back, &second)
	if first.ID == waiverID || second.Object.ID != first.ID || second.ID == first.ID || !strings.Contains(string(completed), `"response":"Ill."`) {
		t.Errorf("%s voids %s, want %s", second.ID, second.Object.ID, first.ID)
	}
	if _, err := evidence.Statement(line(t, evidence.Record{Kind: "unheard-of"}), speaker); err == nil {
		t.Error("an unknown kind was told")
	}
}
