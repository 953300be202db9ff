package attendance_test

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"rounds/catalog"
	"rounds/playback/attendance"
)

var update = flag.Bool("update", false, "write the golden files")

// startsAt is the schedule of the webinar in the reports below.
var startsAt = time.Date(2026, 9, 22, 14, 30, 0, 0, time.UTC)

const bom = "\ufeff"

const zoomWebinar = bom + `Attendee Report,
Report Generated:,"Sep 23, 2026 08:00:00 AM"
Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registrants,# Cancelled,Unique Viewers,Total Users,Max Concurrent Views
Heart failure,999 888 777,09/22/2026 04:28:00 PM,62,4,0,2,3,2
Host Details,
Attended,User Name,Email,Join Time,Leave Time,Time in Session (minutes),Country/Region Name
Yes,Rounds,host@example.org,09/22/2026 04:20:00 PM,09/22/2026 05:30:00 PM,70,Germany
Panelist Details,
Attended,User Name,Email,Join Time,Leave Time,Time in Session (minutes),Country/Region Name
Yes,Dr Speaker,speaker@example.org,09/22/2026 04:25:00 PM,09/22/2026 05:30:00 PM,65,Germany
Attendee Details,
Attended,User Name (Original Name),First Name,Last Name,Email,Phone,Registration Time,Approval Status,Join Time,Leave Time,Time in Session (minutes),Is Guest,Country/Region Name,Source Name
Yes,Ana López,Ana,López,Ana.Lopez@example.org,,09/01/2026 10:00:00 AM,approved,09/22/2026 04:28:10 PM,09/22/2026 04:57:00 PM,29,No,Spain,
Yes,Ana López,,,,,,,09/22/2026 04:49:00 PM,09/22/2026 04:51:00 PM,3,No,Spain,
Yes,Ana López,,,Ana.Lopez@example.org,,,,09/22/2026 05:10:00 PM,09/22/2026 05:20:00 PM,10,No,Spain,
No,Ben Ode,Ben,Ode,ben@example.org,,09/02/2026 10:00:00 AM,approved,--,--,--,No,--,
No,Cy Absent,Cy,Absent,cy@example.org,,09/02/2026 10:00:00 AM,approved,,,,No,,
Yes,"Dora ""Dee"" Eck, MD",Dora,Eck,dora@example.org,,09/02/2026 10:00:00 AM,approved,09/22/2026 04:31:00 PM,09/22/2026 05:29:59 PM,59,No,Austria,
Other Attended,
User Name,Join Time,Leave Time,Time in Session (minutes),Country/Region Name
+49 30 1234567,09/22/2026 04:40:00 PM,09/22/2026 04:50:00 PM,10,Germany
`

const zoomWebinar2020 = bom + `Attendee Report
Report Generated:,"Mar 28, 2020 12:00:00"
Attendee Details
Attended,First Name,Last Name,Email,Registration Time,Approval Status,Join Time,Leave Time,Time in Session (minutes),Country/Region Name
Yes,Ana,López,ana@example.org,"Mar 20, 2020 09:07:27",approved,"Mar 28, 2020 09:20:00","Mar 28, 2020 09:57:00",37,Spain
Yes,Ana,López,ana@example.org,,,"Mar 28, 2020 09:49:00","Mar 28, 2020 09:51:00",3,Spain
`

const zoomMeeting = bom + `Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
999 888 777,Heart failure,09/22/2026 04:28:00 PM,09/22/2026 05:30:00 PM,host@example.org,62,3

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,In Waiting Room
Ana López,ana@example.org,09/22/2026 04:25:00 PM,09/22/2026 04:30:00 PM,5,Yes,,Yes
Ana López,ana@example.org,09/22/2026 04:30:00 PM,09/22/2026 05:00:00 PM,30,Yes,Y,No
Guest,,09/22/2026 04:35:00 PM,09/22/2026 04:36:00 PM,1,Yes,Y,No
`

const teams = "1. Summary\n" +
	"Meeting title\tHeart failure\n" +
	"Attended participants\t3\n" +
	"Start time\t9/22/26, 4:28:00\u202fPM\n\n" +
	"2. Participants\n" +
	"Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n" +
	"Ana López (External)\t9/22/26, 4:28:05\u202fPM\t9/22/26, 5:20:00\u202fPM\t40m 1s\tana@example.org\tana@example.org\tPresenter\n\n" +
	"3. In-Meeting Activities\n" +
	"Name\tJoin Time\tLeave time\tDuration\tEmail\tRole\n" +
	"Ana \"Nita\" López (External)\t9/22/26, 4:28:05\u202fPM\t9/22/26, 4:50:00\u202fPM\t21m 55s\tana@example.org\tPresenter\n" +
	"Ana \"Nita\" López (External)\t9/22/26, 5:02:00\u202fPM\t9/22/26, 5:20:00\u202fPM\t18m\tana@example.org\tPresenter\n" +
	"Olga Host\t9/22/26, 4:20:00\u202fPM\t9/22/26, 5:30:00\u202fPM\t1h 10m\tolga@example.org\tOrganizer\n" +
	"Ben (Unverified)\t9/22/26, 4:30:00\u202fPM\t9/22/26, 4:31:00\u202fPM\t1m\t\tAttendee\n"

const webex = "Meeting Name\tMeeting Start Time\tMeeting End Time\tDisplay Name\tFirst Name\tLast Name\tRole\tAttendee Email\tJoin Time\tLeave Time\tAttendance Duration\tConnection Type\n" +
	"Heart failure\t2026-09-22 16:30:00\t2026-09-22 17:30:00\tOlga Host\tOlga\tHost\tHost\tolga@example.org\t2026-09-22 16:20:00\t2026-09-22 17:30:00\t70 mins\tDesktop app\n" +
	"Heart failure\t2026-09-22 16:30:00\t2026-09-22 17:30:00\tAna López\tAna\tLópez\tAttendee\tana@example.org\t2026-09-22 16:31:00\t2026-09-22 17:01:00\t30 mins\tDesktop app\n"

const generic = "email;joined_at;left_at\nana@example.org;2026-09-22T14:30:00Z;2026-09-22T14:54:00Z\nben@example.org;2026-09-22T16:30:00.5+02:00;2026-09-22T17:00:00+02:00\n"

// utf16Text encodes text as Windows programs save it.
func utf16Text(text string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// reports are the files as they come, by name.
func reports() map[string][]byte {
	return map[string][]byte{
		"zoom_webinar":      []byte(zoomWebinar),
		"zoom_webinar_2020": []byte(zoomWebinar2020),
		"zoom_meeting":      []byte(strings.ReplaceAll(zoomMeeting, "\n", "\r\n")),
		"teams":             utf16Text(bom+teams, binary.LittleEndian),
		"teams_day_first":   utf16Text(bom+strings.ReplaceAll(teams, "9/22/26", "22/09/2026"), binary.LittleEndian),
		"webex":             utf16Text(bom+webex, binary.BigEndian),
		"webex_without_bom": utf16Text(webex, binary.LittleEndian),
		"generic":           []byte(generic),
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	berlin, err := attendance.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range reports() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := attendance.Read(content, attendance.Options{Zone: berlin, StartsAt: &startsAt})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name, describe(report))
		})
	}
}

func describe(r attendance.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, left out: %d hosts, %d waiting, %d absent\n", r.Platform, r.LeftOut.Hosts, r.LeftOut.Waiting, r.LeftOut.Absent)
	for _, row := range r.Rows {
		fmt.Fprintf(&b, "%d\t%s\t%s\t%s\t%s\n", row.Line, row.Email, row.Name, row.Joined.Format(time.RFC3339Nano), row.Left.Format(time.RFC3339Nano))
	}
	return b.String()
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	head := "email,joined_at,left_at\n"
	ambiguous := head + "a@example.org,2026-09-22 10:00:00,2026-09-22 11:00:00\nb@example.org,03/04/2026 10:00,03/04/2026 11:00\n"
	for name, test := range map[string]struct {
		text string
		says []string
	}{
		"nothing":       {"", []string{"email,joined_at,left_at"}},
		"another sheet": {"a,b\n1,2\n", []string{"names columns"}},
		"binary":        {"PK\x03\x04\xff\xfe\x80", []string{"no text"}},
		"not a time":    {head + "a@example.org,2026-09-22T10:00:00Z,2026-09-22T11:00:00Z\nb@example.org,noon,2026-09-22T11:00:00Z\n", []string{`Line 3, column "joined_at"`, "noon"}},
		"time missing":  {head + "a@example.org,2026-09-22T10:00:00Z,\n", []string{`Line 2, column "left_at"`, "missing"}},
		"two bad lines": {head + "a@example.org,x,\n\nb@example.org,y,2026-09-22T11:00:00Z\n", []string{"Line 2", "Line 4"}},
		"backward":      {head + "a@example.org,2026-09-22T11:00:00Z,2026-09-22T10:00:00Z\n", []string{"Line 2", "before the time of joining"}},
		"a week":        {head + "a@example.org,2026-09-15T11:00:00Z,2026-09-22T10:00:00Z\n", []string{"Line 2", "two days"}},
		"ambiguous":     {ambiguous, []string{"Line 3", "4 March 2026", "3 April 2026", "starts_at"}},
		"both orders":   {head + "a@example.org,09/22/2026 10:00,09/22/2026 11:00\nb@example.org,22/09/2026 10:00,22/09/2026 11:00\n", []string{"Line 3", "cannot both be right"}},
		"open quote":    {head + "\"a@example.org,2026-09-22T11:00:00Z,2026-09-22T10:00:00Z\n", []string{"Line 2", "quotation mark"}},
		"summary only":  {strings.Split(teams, "3. In-Meeting")[0], []string{"In-Meeting Activities"}},
		"GoToWebinar":   {"Attended,Interest Rating,Last Name,First Name,Email Address,Join Time,Leave Time\nYes,80,L,A,a@example.org,x,y\n", []string{"GoToWebinar", "not supported"}},
		"half a letter": {"\xff\xfea\x00b", []string{"cut off"}},
	} {
		report, err := attendance.Read([]byte(test.text), attendance.Options{Zone: time.UTC, StartsAt: &startsAt})
		if err == nil {
			t.Errorf("%s: read %+v", name, report)
			continue
		}
		for _, words := range test.says {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %q does not say %q", name, err, words)
			}
		}
	}
}

// TestTheScheduleDecidesTheOrder: 03/04 is the day on which the webinar took place.
func TestTheScheduleDecidesTheOrder(t *testing.T) {
	t.Parallel()
	text := "email,joined_at,left_at\na@example.org,03/04/2026 10:00,03/04/2026 11:00\n"
	for _, day := range []time.Time{time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), time.Date(2026, 4, 3, 9, 0, 0, 0, time.UTC)} {
		report, err := attendance.Read([]byte(text), attendance.Options{Zone: time.UTC, StartsAt: &day})
		if err != nil || !report.Rows[0].Joined.Equal(day.Add(time.Hour)) {
			t.Errorf("scheduled %v: %+v, %v", day, report, err)
		}
	}
}

func TestTheZoneIsAChoice(t *testing.T) {
	t.Parallel()
	text := []byte(zoomWebinar)
	_, err := attendance.Read(text, attendance.Options{StartsAt: &startsAt})
	zone := (*attendance.ZoneError)(nil)
	if !errors.As(err, &zone) || zone.Suggestion != "+02:00" {
		t.Fatalf("without a zone: %v", err)
	}
	if _, err := attendance.Read(text, attendance.Options{}); !errors.As(err, &zone) || zone.Suggestion != "" {
		t.Errorf("without a schedule: %v", err)
	}
	kolkata, err := attendance.Zone("+05:30")
	if err != nil {
		t.Fatal(err)
	}
	report, err := attendance.Read(text, attendance.Options{Zone: kolkata})
	if err != nil || report.Rows[0].Joined.Format(time.TimeOnly) != "10:58:10" {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := attendance.Read([]byte(generic), attendance.Options{}); err != nil {
		t.Errorf("times with a zone need no other: %v", err)
	}
	for _, name := range []string{"", "Local", "Mars/Olympus", "../etc/passwd"} {
		if _, err := attendance.Zone(name); err == nil {
			t.Errorf("zone %q", name)
		}
	}
}

// FuzzRead: any bytes give either a report whose stays are in order, or words.
func FuzzRead(f *testing.F) {
	for _, content := range reports() {
		f.Add(content)
	}
	f.Add([]byte("email,joined_at,left_at\na@example.org,03/04/2026 10:00,03/04/2026 11:00\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		report, err := attendance.Read(content, attendance.Options{Zone: time.UTC, StartsAt: &startsAt})
		if err != nil {
			if err.Error() == "" {
				t.Error("refused without words")
			}
			return
		}
		if again := attendance.Unite(report.Rows); len(again) != len(report.Rows) {
			t.Errorf("united again, %d rows become %d", len(report.Rows), len(again))
		}
		for _, row := range report.Rows {
			if !row.Left.After(row.Joined) || row.Line < 1 {
				t.Errorf("row %+v", row)
			}
		}
	})
}

// TestMapping: a sheet of another kind is known by the mapping that was saved
// for such sheets, and by none that lacks one of its columns.
func TestMapping(t *testing.T) {
	t.Parallel()
	sheet := "Liste des participants\nNom;Courriel;Arrivée;Départ\nAna López;Ana@example.org;2026-09-22T14:30:00Z;2026-09-22T14:54:00Z\n"
	french := attendance.Mapping{Name: "visio", Email: "COURRIEL", Person: "nom", JoinedAt: "arrivée", LeftAt: "départ"}
	other := attendance.Mapping{Name: "other", Email: "courriel", JoinedAt: "arrivée", LeftAt: "sortie"}
	for _, mappings := range [][]attendance.Mapping{nil, {other}} {
		if report, err := attendance.Read([]byte(sheet), attendance.Options{Mappings: mappings}); err == nil {
			t.Errorf("read without its mapping: %+v", report)
		}
	}
	report, err := attendance.Read([]byte(sheet), attendance.Options{Mappings: []attendance.Mapping{other, french}})
	if err != nil || report.Mapping != "visio" || report.Platform != attendance.Generic || len(report.Rows) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if row := report.Rows[0]; row.Email != "ana@example.org" || row.Name != "Ana López" || row.Line != 3 {
		t.Errorf("row %+v", row)
	}
	if report, err := attendance.Read([]byte(generic), attendance.Options{Mappings: []attendance.Mapping{french}}); err != nil || report.Mapping != "" {
		t.Errorf("a known sheet needs no mapping: %+v, %v", report, err)
	}
}

func TestMappingsThatCannotBe(t *testing.T) {
	t.Parallel()
	for field, m := range map[string]attendance.Mapping{
		"joined_at": {Email: "a", LeftAt: "c"},
		"left_at":   {Email: "a", JoinedAt: "b", LeftAt: " B "},
		"email":     {JoinedAt: "b", LeftAt: "c"},
		"person":    {Person: strings.Repeat("x", 201), JoinedAt: "b", LeftAt: "c"},
	} {
		var bad *catalog.FieldError
		if err := m.Check(); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%+v: %v, want the field %s", m, err, field)
		}
	}
	if err := (attendance.Mapping{Person: "a", JoinedAt: "b", LeftAt: "c"}).Check(); err != nil {
		t.Error(err)
	}
}
