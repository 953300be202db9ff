package main

import (
	"context"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/catalog/identity"
	"rounds/cmd/rounds/doctor"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
)

// arabicStates are pages whose words come from the rest of the program, as
// Arabic readers get them from the real API: whose, and where.
var arabicStates = map[string][]string{
	"doctor": {
		"/courses", "/courses/crs_1", "/webinars/web_1", "/programs/prg_1/missing", "/account", "/account/channel", "/account/calendar", "/account/data", "/help", "/check", "/search?q=fibrillation",
	},
	"admin": {
		"/admin", "/admin/readiness", "/admin/webinars/web_1/readiness", "/admin/people", "/admin/people/acc_doctor", "/admin/people/imports", "/admin/people/import", "/admin/attendance-imports",
		"/admin/recordings", "/admin/recordings?state=all", "/admin/messages", "/admin/texts", "/admin/texts/words", "/admin/texts/words/sign_in_code/email/ar", "/admin/health", "/recordings/rec_1", "/recordings/rec_2", "/admin/deleted", "/admin/tokens", "/admin/webhooks", "/admin/settings", "/admin/erasures", "/admin/attendance-mappings",
		"/admin/programs/prg_1/quality", "/admin/programs/prg_1/reports", "/admin/programs/prg_1/rule", "/admin/programs/prg_1/brand", "/admin/programs/prg_1/edit",
		"/admin/webinars/web_1/attendance", "/admin/webinars/web_1/excluded", "/admin/webinars/web_1/edit", "/upload/web_1", "/presenter", "/presenter/webinars/web_1",
		"/support?q=lopez", "/support/doctors/acc_doctor", "/programs/prg_1/missing?account_id=acc_doctor", "/admin/doctors?email=ana@example.org",
	},
}

// latinData are the words in Latin letters that such a page may have: what people
// and things of this test are called, zones and units, names of products, the command rounds work and columns of files, the word end of time maps.
var latinData = strings.Fields(`Rounds English Ana Dr Alex Admin example org ana admin talk Cardiology Arrhythmia Fibrillation Chrome Windows
	WhatsApp Zoom Teams Webex CSV VTT SRT PDF HLS MP UTC WET WEST GMT CET Europe Lisbon Africa Cairo URL API JSON QR iCalendar SMS http https test rec prg web crs acc rounds kB MB GB ms xAPI
	López mp en work ZIP JPEG PNG WebVTT rrggbb JavaScript email name country time zone speciality council number phone joined left at end
	PostgreSQL WAL CloudFront AWS Amazon RDS SES SNS ARN End User Messaging Secrets Manager Object Lock OpenID ECDSA PKCS PEM TLS STARTTLS HTTP OTLP DLT Cloud base inodes traces data`)

// TestArabicPagesHaveNoEnglish walks pages as Arabic readers get them, and names
// each word in Latin letters that is neither data nor marked as English.
func TestArabicPagesHaveNoEnglish(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	for _, sql := range []string{
		`update accounts set locale = 'ar', country = 'PT'`,
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token, failure) values ('rec_2', 'web_1', 'talk.mp4', 1, 8388608, 'failed', 'y', '{"code": "no_video", "message": "There is no recording."}')`,
		`update recordings set token = repeat(token, 26)`, // addresses of media are signed for whole ones
		`insert into captions (recording_id, lang, webvtt, cues, ends_ms) values ('rec_1', 'en', 'WEBVTT', 1, 200000)`,
		`insert into messages (id, recipient, kind, sent_at) values ('msg_1', 'ana@example.org', 'sign_in_code', '2026-03-02T14:04:00Z')`,
	} {
		if _, err := b.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	checked(t, b)
	seen := 0
	for who, reader := range map[string]identity.Principal{"doctor": b.doctor, "admin": b.admin} {
		for _, path := range arabicStates[who] {
			w := b.get(reader, path)
			if w.Code == http.StatusNotFound || w.Code >= http.StatusInternalServerError {
				t.Errorf("%s of %s: %d", path, who, w.Code)
				continue
			}
			if seen++; !strings.Contains(w.Body.String(), `lang="ar" dir="rtl"`) {
				t.Errorf("%s of %s is not in Arabic", path, who)
			}
			if words := englishOn(w.Body.String()); len(words) > 0 {
				t.Errorf("%s of %s has English: %q", path, who, words)
			}
		}
	}
	if seen < 35 {
		t.Errorf("only %d pages were seen", seen)
	}
}

// checked keeps two reports: a weekly one of a service that hardly anything is well
// with, and a daily one of a machine of which nothing is known.
func checked(t *testing.T, b *reasonsBundle) {
	t.Helper()
	const day, gib = 24 * time.Hour, 1 << 30
	now := time.Now()
	then := now.Add(-5 * day)
	old := &care.Done{At: now.Add(-40 * day), Figures: map[string]float64{"oldest": float64(now.AddDate(-1, 0, 0).Unix()), "keep_days": 30}}
	unwell := map[string]care.Finding{
		"disk":             care.JudgeDisks([]care.Disk{{Path: "/data", Free: .03, Inodes: .99, Bytes: 2 * gib}, {Path: "/talk", Free: .5, Inodes: 1, Bytes: 99 * gib}}),
		"cpu":              care.JudgeLoad(9, 2),
		"memory":           care.JudgeMemory(gib/16, gib),
		"clock":            care.JudgeClocks([]care.Clock{{Beside: "PostgreSQL", Ahead: -12 * time.Second}, {Beside: "S3", Ahead: time.Second / 2}}),
		"log_rotation":     care.JudgeLogs([]care.LogFile{{Path: "/data/talk", Bytes: 6 * gib}}),
		"database_network": care.JudgeRoundTrip(time.Second),
		"storage_network":  care.JudgeStorageTrip(9 * time.Second),
		"certificate":      care.JudgeCertificates([]care.Certificate{{Of: "example.org:443", Until: now.Add(2*day + time.Hour)}, {Of: "test:443", Until: then}}, now),
		"workers":          care.JudgeWorkers(0, 3),
		"release":          care.JudgeRelease(now.Add(-200*day), now),
		"database":         care.JudgeServer(care.Server{Version: 150018, Standby: true}),
		"migrations":       care.JudgeSchema(27, 28),
		"connections":      care.JudgeConnections(90, 100),
		"transactions":     care.JudgeTransactions(care.Transactions{Oldest: 61 * time.Minute, Query: "-", Waiting: 1, Prepared: 2}),
		"vacuum":           care.JudgeVacuum(care.Vacuum{Table: "talk", Dead: 200_000, Live: 1, XIDs: 1.3e9}),
		"archiving":        care.JudgeArchiving(care.Archiving{On: true, Last: &then, LastFailed: &now, FailedWAL: "0001", Waiting: 12}, now),
		"partitions":       care.JudgePartitions(care.Partitions{Overdue: []string{"talk", "test"}}),
		"growth":           care.JudgeGrowth(30*gib, 10*gib, 7*day),
		"buckets":          care.JudgeBuckets([]care.Bucket{{Name: "talk", Listed: true}, {Name: "test", Read: "rec"}}),
		"orphans":          care.JudgeOrphans(1, 22*day),
		"recordings":       care.JudgeRecordings(2, []string{"rec_1", "rec_2"}),
		"signing_key":      care.JudgeSigningKey(care.SigningKey{ID: "K1", Age: 401 * day}),
		"master_key":       care.JudgeMasterKey(true, false),
		"scheduler":        care.JudgeScheduler(care.Scheduler{Now: now, Age: 99 * day, Chores: []care.Chore{{Name: "talk", Every: time.Hour, Done: &then}, {Name: "test", Every: time.Hour}}}),
		"queues":           care.JudgeQueues([]care.Queue{{Name: "talk", Waiting: 2, Oldest: time.Hour, Running: 13 * time.Hour}, {Name: "test"}}),
		"uploads":          care.JudgeUploads(care.Uploads{Overdue: 2, Oldest: 31 * time.Minute}),
		"mail_outbox":      care.JudgeOutbox(care.Outbox{Waiting: 9, OldestAny: 13 * time.Hour, OldestUrgent: time.Hour}),
		"webhooks":         care.JudgeWebhooks(1, 1),
		"evidence_heads":   care.JudgeHeads(&then, true, now),
		"backup_database":  care.JudgeBackup(care.BackupDatabase, old, false, 99*day, now),
		"backup_media":     care.JudgeBackup(care.BackupMedia, nil, false, 99*day, now),
		"backup_retention": care.JudgeRetention(map[care.RunKind]*care.Done{care.BackupDatabase: old, care.BackupMedia: old}, now),
		"dns":              care.Not(care.Red, "", "%s does not resolve: %s.", "example.org", care.Reason(context.DeadlineExceeded)),
	}
	checks := make([]care.Check, 0, len(unwell))
	for name, f := range unwell {
		checks = append(checks, care.Check{Name: name, Look: func(context.Context) care.Finding { return f }})
	}
	store := caredb.New(b.db)
	for _, r := range []care.Report{care.Run(t.Context(), care.Weekly, "test", checks, time.Minute), doctor.Run(t.Context(), care.Daily, "test", doctor.Config{})} {
		if err := store.Keep(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if rows := strings.Count(b.get(b.admin, "/admin/health").Body.String(), `class="check-row"`); rows < len(unwell)+20 {
		t.Errorf("only %d lines are on the page", rows)
	}
}

var (
	notRead = regexp.MustCompile(`(?s)<(script|style|head|pre|code|option|svg)\b.*?</(?:script|style|head|pre|code|option|svg)>|<!--.*?-->|<(?:p|h1|bdi|button|td|span)[^>]* lang="en"[^>]*>.*?</(?:p|h1|bdi|button|td|span)>`)
	readToo = regexp.MustCompile(`(?:aria-label|alt|title|placeholder)="([^"]*)"`)
	anyMark = regexp.MustCompile(`<[^>]*>`)
	// Places to fill in of messages, with what follows of an address; addresses; settings.
	placesToFill = regexp.MustCompile(`\{\{[^}]*\}\}\S*|https?://\S+|ROUNDS_[A-Z0-9_]+`)
	latinWords   = regexp.MustCompile(`\p{Latin}{2,}`)
)

// englishOn lists the words in Latin letters on a page that are no data.
func englishOn(page string) []string {
	page = notRead.ReplaceAllString(page, " ")
	text := anyMark.ReplaceAllString(page, " ")
	for _, found := range readToo.FindAllStringSubmatch(page, -1) {
		text += " " + found[1]
	}
	words := latinWords.FindAllString(placesToFill.ReplaceAllString(html.UnescapeString(text), " "), -1)
	words = slices.DeleteFunc(words, func(word string) bool { return slices.Contains(latinData, word) })
	slices.Sort(words)
	return slices.Compact(words)
}
