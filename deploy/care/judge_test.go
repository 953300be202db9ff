package care_test

import (
	"encoding/json"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"rounds/deploy/care"
)

const (
	green   = care.Green
	amber   = care.Amber
	red     = care.Red
	unknown = care.Unknown
	day     = 24 * time.Hour
	gib     = 1 << 30
)

// TestJudgement holds every threshold: one case on each side. Each finding is kept
// whole, for readers of any language.
func TestJudgement(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) *time.Time { then := now.Add(-ago); return &then }
	done := func(ago time.Duration, figures map[string]float64) *care.Done {
		return &care.Done{At: *at(ago), Figures: figures}
	}
	disk := func(free, inodes float64, bytes float64) care.Finding {
		return care.JudgeDisks([]care.Disk{{Path: "/", Free: .9, Inodes: 1, Bytes: 99 * gib}, {Path: "/var", Free: free, Inodes: inodes, Bytes: bytes}})
	}
	chores := func(ago *time.Time, age time.Duration, leader bool) care.Finding {
		return care.JudgeScheduler(care.Scheduler{Now: now, Leader: leader, Age: age, Chores: []care.Chore{{Name: "purge", Every: time.Hour, Done: ago}}})
	}
	cases := map[string]struct {
		got  care.Finding
		want care.Light
	}{
		"room":                      {disk(.16, .9, 50*gib), green},
		"little room":               {disk(.14, .9, 50*gib), amber},
		"hardly any room":           {disk(.04, .9, 50*gib), red},
		"hardly any bytes":          {disk(.5, .9, gib/2), red},
		"few inodes":                {disk(.5, .1, 50*gib), amber},
		"no folder":                 {care.JudgeDisks(nil), unknown},
		"busy":                      {care.JudgeLoad(3.9, 2), green},
		"too busy":                  {care.JudgeLoad(4, 2), amber},
		"stuck":                     {care.JudgeLoad(12, 2), red},
		"memory":                    {care.JudgeMemory(.16, 1), green},
		"little memory":             {care.JudgeMemory(.14, 1), amber},
		"no memory":                 {care.JudgeMemory(.04, 1), red},
		"in step":                   {care.JudgeClocks([]care.Clock{{Beside: "a", Ahead: -1500 * time.Millisecond, Within: time.Second}}), green},
		"ahead":                     {care.JudgeClocks([]care.Clock{{Beside: "a", Ahead: 3 * time.Second, Within: time.Second}}), amber},
		"a little ahead":            {care.JudgeClocks([]care.Clock{{Beside: "a", Ahead: 2200 * time.Millisecond, Within: time.Second}}), amber},
		"far behind":                {care.JudgeClocks([]care.Clock{{Beside: "a", Ahead: -12 * time.Second, Within: time.Second}}), red},
		"no clock":                  {care.JudgeClocks(nil), unknown},
		"small log":                 {care.JudgeLogs([]care.LogFile{{Bytes: gib - 1}}), green},
		"large log":                 {care.JudgeLogs([]care.LogFile{{Bytes: 10}, {Bytes: gib}}), amber},
		"huge log":                  {care.JudgeLogs([]care.LogFile{{Bytes: 5 * gib}}), red},
		"no logs":                   {care.JudgeLogs(nil), unknown},
		"server":                    {care.JudgeServer(care.Server{Version: 150018}), green},
		"old server":                {care.JudgeServer(care.Server{Version: 140011}), red},
		"standby":                   {care.JudgeServer(care.Server{Version: 160001, Standby: true}), red},
		"near":                      {care.JudgeRoundTrip(19 * time.Millisecond), green},
		"far":                       {care.JudgeRoundTrip(20 * time.Millisecond), amber},
		"very far":                  {care.JudgeRoundTrip(250 * time.Millisecond), red},
		"release":                   {care.JudgeRelease(now.Add(-90*day), now), green},
		"old release":               {care.JudgeRelease(now.Add(-91*day), now), amber},
		"release of no known time":  {care.JudgeRelease(time.Time{}, now), unknown},
		"schema":                    {care.JudgeSchema(28, 28), green},
		"schema ahead":              {care.JudgeSchema(29, 28), amber},
		"schema behind":             {care.JudgeSchema(27, 28), red},
		"connections":               {care.JudgeConnections(69, 100), green},
		"many connections":          {care.JudgeConnections(70, 100), amber},
		"no connections":            {care.JudgeConnections(90, 100), red},
		"transactions":              {care.JudgeTransactions(care.Transactions{Oldest: 4 * time.Minute}), green},
		"old transaction":           {care.JudgeTransactions(care.Transactions{Oldest: 5 * time.Minute}), amber},
		"very old transaction":      {care.JudgeTransactions(care.Transactions{Oldest: time.Hour}), red},
		"prepared":                  {care.JudgeTransactions(care.Transactions{Prepared: 1}), amber},
		"locks":                     {care.JudgeTransactions(care.Transactions{Waiting: 1}), amber},
		"vacuumed":                  {care.JudgeVacuum(care.Vacuum{Dead: 90_000, Live: 1}), green},
		"fewer dead than live":      {care.JudgeVacuum(care.Vacuum{Dead: 150_000, Live: 200_000}), green},
		"dead rows":                 {care.JudgeVacuum(care.Vacuum{Dead: 200_000, Live: 100_000}), amber},
		"ids are not frozen":        {care.JudgeVacuum(care.Vacuum{XIDs: 5e8}), amber},
		"ids run out":               {care.JudgeVacuum(care.Vacuum{XIDs: 1.3e9}), red},
		"archived":                  {care.JudgeArchiving(care.Archiving{On: true, Last: at(time.Minute), LastFailed: at(time.Hour)}, now), green},
		"not archived":              {care.JudgeArchiving(care.Archiving{}, now), amber},
		"managed":                   {care.JudgeArchiving(care.Archiving{Managed: true}, now), green},
		"archiving fails":           {care.JudgeArchiving(care.Archiving{On: true, Last: at(time.Hour), LastFailed: at(time.Minute)}, now), red},
		"archiving is slow":         {care.JudgeArchiving(care.Archiving{On: true, Last: at(time.Minute), Waiting: 11}, now), amber},
		"archiving is far behind":   {care.JudgeArchiving(care.Archiving{On: true, Last: at(time.Minute), Waiting: 101}, now), red},
		"slot that is read":         {care.JudgeArchiving(care.Archiving{On: true, Last: at(time.Minute), SlotBytes: 19 * gib}, now), green},
		"slot that is read slowly":  {care.JudgeArchiving(care.Archiving{On: true, SlotBytes: 21 * gib}, now), red},
		"forgotten slot":            {care.JudgeArchiving(care.Archiving{On: true, SlotIdle: true, SlotBytes: 2 * gib}, now), amber},
		"forgotten slot fills disk": {care.JudgeArchiving(care.Archiving{On: true, SlotIdle: true, SlotBytes: 11 * gib}, now), red},
		"partitions":                {care.JudgePartitions(care.Partitions{Tomorrow: true}), green},
		"no partition":              {care.JudgePartitions(care.Partitions{}), amber},
		"old partition":             {care.JudgePartitions(care.Partitions{Tomorrow: true, Overdue: []string{"a"}}), amber},
		"growth":                    {care.JudgeGrowth(14*gib, 10*gib, 7*day), green},
		"fast growth":               {care.JudgeGrowth(15*gib, 10*gib, 7*day), amber},
		"small growth":              {care.JudgeGrowth(gib/2, gib/10, 7*day), green},
		"scheduled":                 {chores(at(3*time.Hour), 99*day, true), green},
		"overdue":                   {chores(at(4*time.Hour), 99*day, true), amber},
		"never done":                {chores(nil, 99*day, true), amber},
		"new":                       {chores(nil, time.Hour, true), green},
		"no leader":                 {chores(at(time.Hour), 99*day, false), red},
		"no jobs":                   {care.JudgeQueues(nil), green},
		"jobs":                      {care.JudgeQueues([]care.Queue{{Oldest: 14 * time.Minute}}), green},
		"old jobs":                  {care.JudgeQueues([]care.Queue{{Oldest: 15 * time.Minute}}), amber},
		"very old jobs":             {care.JudgeQueues([]care.Queue{{}, {Oldest: time.Hour}}), red},
		"some were discarded":       {care.JudgeQueues([]care.Queue{{Discarded: 100}}), green},
		"many were discarded":       {care.JudgeQueues([]care.Queue{{Discarded: 101}}), amber},
		"stuck job":                 {care.JudgeQueues([]care.Queue{{Running: 13 * time.Hour}}), red},
		"uploads":                   {care.JudgeUploads(care.Uploads{}), green},
		"upload waits":              {care.JudgeUploads(care.Uploads{Overdue: 1, Oldest: 5 * time.Minute}), amber},
		"upload waits long":         {care.JudgeUploads(care.Uploads{Overdue: 1, Oldest: 30 * time.Minute}), red},
		"our fault":                 {care.JudgeUploads(care.Uploads{OurFault: 1}), amber},
		"mail":                      {care.JudgeOutbox(care.Outbox{Waiting: 9, OldestAny: 50 * time.Minute, OldestUrgent: time.Minute, Sent: 1000, GivenUp: 6}), green},
		"codes wait":                {care.JudgeOutbox(care.Outbox{OldestUrgent: 2 * time.Minute}), amber},
		"codes wait long":           {care.JudgeOutbox(care.Outbox{OldestUrgent: 10 * time.Minute}), red},
		"mail waits":                {care.JudgeOutbox(care.Outbox{OldestAny: time.Hour}), amber},
		"mail waits long":           {care.JudgeOutbox(care.Outbox{OldestAny: 12 * time.Hour}), red},
		"few given up":              {care.JudgeOutbox(care.Outbox{GivenUp: 5}), green},
		"some given up":             {care.JudgeOutbox(care.Outbox{GivenUp: 6, Sent: 114}), amber},
		"many given up":             {care.JudgeOutbox(care.Outbox{GivenUp: 6, Sent: 18}), red},
		"few bounces":               {care.JudgeOutbox(care.Outbox{Bounced: 5, SentInDays: 5}), green},
		"some bounces":              {care.JudgeOutbox(care.Outbox{Bounced: 6, SentInDays: 300}), amber},
		"bounces":                   {care.JudgeOutbox(care.Outbox{Bounced: 10, SentInDays: 200}), red},
		"given up":                  {care.JudgeOutbox(care.Outbox{GivenUp: 10, Sent: 100}), amber},
		"webhooks":                  {care.JudgeWebhooks(0, 0), green},
		"dead webhooks":             {care.JudgeWebhooks(0, 1), amber},
		"head of yesterday":         {care.JudgeHeads(at(day), true, now), green},
		"head of before":            {care.JudgeHeads(at(2*day), true, now), amber},
		"old head":                  {care.JudgeHeads(at(4*day), true, now), red},
		"no head":                   {care.JudgeHeads(nil, true, now), amber},
		"no evidence":               {care.JudgeHeads(nil, false, now), green},
		"worker":                    {care.JudgeWorkers(1, 9), green},
		"no worker":                 {care.JudgeWorkers(0, 0), amber},
		"no worker and work":        {care.JudgeWorkers(0, 1), red},
		"backup":                    {care.JudgeBackup(care.BackupDatabase, done(25*time.Hour, nil), false, 99*day, now), green},
		"old backup":                {care.JudgeBackup(care.BackupDatabase, done(27*time.Hour, nil), true, 99*day, now), amber},
		"very old backup":           {care.JudgeBackup(care.BackupMedia, done(51*time.Hour, nil), false, 99*day, now), red},
		"never backed up":           {care.JudgeBackup(care.BackupDatabase, nil, false, 99*day, now), red},
		"not backed up yet":         {care.JudgeBackup(care.BackupDatabase, nil, false, day, now), amber},
		"backed up by RDS":          {care.JudgeBackup(care.BackupDatabase, nil, true, 99*day, now), green},
		"never rehearsed":           {care.JudgeBackup(care.RestoreRehearsal, nil, true, 99*day, now), amber},
		"rehearsed":                 {care.JudgeBackup(care.RestoreRehearsal, done(34*day, nil), false, 99*day, now), green},
		"rehearsed weeks ago":       {care.JudgeBackup(care.RestoreRehearsal, done(36*day, nil), false, 99*day, now), amber},
		"not backed up for days":    {care.JudgeBackup(care.BackupDatabase, nil, false, 49*time.Hour, now), red},
		"rehearsed long ago":        {care.JudgeBackup(care.RestoreRehearsal, done(200*day, nil), false, 99*day, now), amber},
		"retention": {care.JudgeRetention(map[care.RunKind]*care.Done{
			care.BackupDatabase: done(day, map[string]float64{"oldest": float64(at(38 * day).Unix()), "keep_days": 30}),
		}, now), green},
		"not removed": {care.JudgeRetention(map[care.RunKind]*care.Done{
			care.BackupMedia: done(day, map[string]float64{"oldest": float64(at(45 * day).Unix()), "keep_days": 30}),
		}, now), amber},
		"never removed": {care.JudgeRetention(map[care.RunKind]*care.Done{
			care.BackupMedia: done(day, map[string]float64{"oldest": float64(at(121 * day).Unix()), "keep_days": 30}),
		}, now), red},
		"nothing to remove":          {care.JudgeRetention(nil, now), unknown},
		"certificate":                {care.JudgeCertificates([]care.Certificate{{"a", now.Add(22 * day)}}, now), green},
		"certificate ends":           {care.JudgeCertificates([]care.Certificate{{"a", now.Add(99 * day)}, {"b", now.Add(20 * day)}}, now), amber},
		"certificate ends in a week": {care.JudgeCertificates([]care.Certificate{{"a", now.Add(8 * day)}}, now), amber},
		"certificate ends soon":      {care.JudgeCertificates([]care.Certificate{{"a", now.Add(6 * day)}}, now), red},
		"no certificate":             {care.JudgeCertificates(nil, now), unknown},
		"pair":                       {care.JudgeSigningKey(care.SigningKey{ID: "a", Public: true, Fits: true}), green},
		"no pair":                    {care.JudgeSigningKey(care.SigningKey{ID: "a", Public: true}), red},
		"old key":                    {care.JudgeSigningKey(care.SigningKey{ID: "a", Age: 401 * day}), amber},
		"opens":                      {care.JudgeMasterKey(true, true), green},
		"does not open":              {care.JudgeMasterKey(true, false), red},
		"nothing sealed":             {care.JudgeMasterKey(false, false), green},
		"buckets":                    {care.JudgeBuckets([]care.Bucket{{Name: "a"}}), green},
		"open bucket":                {care.JudgeBuckets([]care.Bucket{{Name: "a", Listed: true}}), red},
		"missing bucket":             {care.JudgeBuckets([]care.Bucket{{Name: "a", Away: fs.ErrNotExist}}), red},
		"storage":                    {care.JudgeStorageTrip(400 * time.Millisecond), green},
		"slow storage":               {care.JudgeStorageTrip(500 * time.Millisecond), amber},
		"very slow storage":          {care.JudgeStorageTrip(5 * time.Second), red},
		"uploads begun":              {care.JudgeOrphans(3, 20*day), green},
		"uploads forgotten":          {care.JudgeOrphans(3, 22*day), amber},
		"files":                      {care.JudgeRecordings(3, nil), green},
		"files are missing":          {care.JudgeRecordings(3, []string{"rec_1"}), red},
	}
	for name, c := range cases {
		keeps(t, care.Line{Check: "disk", Light: c.got.Light, Sentence: c.got.Sentence, Remedy: c.got.Remedy, Figures: c.got.Figures})
		if c.got.Light != c.want {
			t.Errorf("%s: %s, want %s: %s", name, c.got.Light, c.want, c.got.Sentence)
		}
		if wants := c.got.Light == amber || c.got.Light == red; wants != (c.got.Remedy != "") {
			t.Errorf("%s: %s with the remedy %q", name, c.got.Light, c.got.Remedy)
		}
	}
}

// keeps holds a line to what is read back of it, and its text to what is filled in.
func keeps(t *testing.T, l care.Line) {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var back care.Line
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(l, back) {
		t.Errorf("%+v was read of %s, want %+v, %v", back, text, l, err)
	}
	if said := l.Sentence.String(); strings.Contains(said, "%!") || said == "" {
		t.Errorf("%q", said)
	}
}

// TestLinesOfOtherReleases: what an older release stored is read, and it reads what
// this one stores.
func TestLinesOfOtherReleases(t *testing.T) {
	t.Parallel()
	var l care.Line
	if err := json.Unmarshal([]byte(`{"check": "disk", "light": "red", "sentence": "/data: 3 % free.", "remedy": "Make room."}`), &l); err != nil || l.Sentence.String() != "/data: 3 % free." || l.Remedy != "Make room." {
		t.Errorf("%+v %v", l, err)
	}
	text, err := json.Marshal(care.Line{Sentence: care.Fine("%d of %s", 3, "x").Sentence})
	if err != nil {
		t.Fatal(err)
	}
	var older struct{ Sentence, Remedy string }
	if err := json.Unmarshal(text, &older); err != nil || older.Sentence != "3 of x" {
		t.Errorf("%+v %v", older, err)
	}
	if err := json.Unmarshal([]byte(`{"said": {"text": "%d", "args": [0.5]}}`), &l); err == nil {
		t.Error("half a number was read")
	}
}
