package player

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fake is a Backend that knows one person and a little of everything.
type fake struct {
	viewer    *Viewer
	ended     string
	remember  bool
	failure   error // of everything that is written
	sentTo    string
	code      string
	signedOut bool
	taken     Registration
	joined    string
	made      NewWebinar
	lang      string
	file      []byte
	chapters  []Chapter
	candidate int
	empty     bool
	completed bool // the doctor has watched all that there is

	healthless bool // no report was made yet
	worded     MessageWording
	wordedNow  bool
	waived     string
	rule       Rule
	excluded   Excluded
	done       []string // what support and privacy did
	granted    bool
	erasure    *Erasure
	attendingFake
	presentedFake
	administratingFake
	opened NewEvent
	fakeBrands
	fakeFeeds
	questionsFake
	brand   *Brand
	asked   HelpRequest
	decided string
	trimmed string

	rehearses bool
	rehearsed string // another webinar than web_2
}

var everybody = Viewer{
	Name: "Dr Amira Haddad", Email: "amira@example.org", TimeZone: "Africa/Cairo", Locale: "en",
	Doctor: true, Presenter: true, Admin: true, Sponsor: true,
}

func (f *fake) Viewer(context.Context) (Viewer, bool) {
	if f.viewer == nil {
		return Viewer{}, false
	}
	return *f.viewer, true
}

func (f *fake) SendCode(_ context.Context, email string) error {
	f.sentTo = email
	return f.failure
}

func (f *fake) SignIn(w http.ResponseWriter, _ *http.Request, _, code string, remember bool) error {
	f.remember = remember
	f.code = code
	if f.failure == nil {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s"})
	}
	return f.failure
}

func (f *fake) SignOut(http.ResponseWriter, *http.Request) error {
	f.signedOut = true
	return f.failure
}

func (f *fake) Register(_ context.Context, r Registration) (bool, error) {
	f.taken = r
	return strings.HasPrefix(r.InvitationCode, "WAIT"), f.failure
}

func (f *fake) Join(_ context.Context, code string) error {
	f.joined = code
	return f.failure
}

func (f *fake) BeginHandover(context.Context) (Handover, error) {
	return Handover{ID: "hov_1", Secret: "s", Number: 42}, f.failure
}

// UseHandover waits, until hov_2 is confirmed and hov_3 is over.
func (f *fake) UseHandover(w http.ResponseWriter, _ *http.Request, id, _ string) (bool, error) {
	switch id {
	case "hov_2":
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s"})
		return false, nil
	case "hov_3":
		return false, &FieldError{"handover", "This sign-in is over."}
	}
	return true, nil
}

func (f *fake) HandoverAsked(_ context.Context, id string) (HandoverAsked, error) {
	if id == "hov_none" {
		return HandoverAsked{}, ErrNotFound
	}
	return HandoverAsked{Device: "Chrome on Windows", Network: "203.0.113.9", SameNetwork: id == "hov_same", Numbers: []int{17, 42, 83}, AskedAt: liveAt}, nil
}

func (f *fake) DecideHandover(_ context.Context, _ string, confirm bool, number int) error {
	f.done = append(f.done, fmt.Sprint("handover ", confirm, " ", number))
	return f.failure
}

func (f *fake) Picture(address string) (Picture, error) {
	return Picture{Size: len(address), Path: "M0 0h1v1h-1z"}, nil
}

func (f *fake) ConsentTexts() []ConsentText {
	return []ConsentText{{"participation_record", "2026-11", true}, {"sponsor_sharing", "2026-11", false}}
}

func (f *fake) Programs(context.Context) ([]Program, error) {
	if f.empty {
		return nil, nil
	}
	if f.completed {
		return []Program{completedProgram(), waitingProgram()}, nil
	}
	return []Program{demoProgram()}, nil
}

func completedProgram() Program {
	p := demoProgram()
	p.Completed, p.WatchedPercent, p.Certified = true, 100, &liveEnd
	for i := range p.Courses {
		c := &p.Courses[i]
		c.Completed, c.WatchedPercent, c.After = true, 100, nil
		for n := range c.Webinars {
			c.Webinars[n].Completed, c.Webinars[n].WatchedPercent, c.Webinars[n].LeftS = true, 100, 0
		}
	}
	return p
}

// waitingProgram has nothing to watch until something is live.
func waitingProgram() Program {
	far := liveAt.AddDate(100, 0, 0)
	return Program{ID: "prg_2", Title: "Stroke: the first hour", Courses: []Course{
		{ID: "crs_8", Title: "Who is treated where", Webinars: []WebinarSummary{{ID: "web_8", Title: "From the door to the needle", StartsAt: &far}}},
		{ID: "crs_9", Title: "Going home"},
	}}
}

var (
	liveAt  = time.Date(2026, 12, 3, 14, 0, 0, 0, time.UTC)
	liveEnd = liveAt.Add(time.Hour)

	playedAt = liveAt.Add(-24 * time.Hour)
)

func demoProgram() Program {
	return Program{
		ID: "prg_1", Title: "Heart failure in general practice", WatchedPercent: 41.6,
		Description: "Ten courses for family doctors, from first suspicion to shared care.",
		Courses: []Course{
			{ID: "crs_1", Title: "Recognising heart failure early", WatchedPercent: 100, Completed: true, Webinars: []WebinarSummary{
				{ID: "web_1", Title: "History, examination and the first tests", Presenters: []string{"Prof. Li Wei"}, Playable: true, DurationS: 2530, WatchedPercent: 100, Completed: true},
			}},
			{ID: "crs_2", Title: "Drugs that prolong life", WatchedPercent: 63.4, Webinars: []WebinarSummary{
				{ID: "web_2", Title: "Four pillars: who gets what, and when", Presenters: []string{"Dr Amira Haddad", "Dr Jonas Berg"}, Playable: true, DurationS: 3011, LeftS: 1102, PlayedAt: &playedAt, ResumeAtS: 1930, WatchedPercent: 63.4},
				{ID: "web_3", Title: "Kidneys, potassium and titration", Presenters: []string{"Dr Amira Haddad"}, Playable: true, DurationS: 1805, LeftS: 1805},
			}},
			{ID: "crs_3", Title: "Devices and when to refer", After: []string{"Recognising heart failure early", "Drugs that prolong life"}, Webinars: []WebinarSummary{
				{ID: "web_4", Title: "Who needs a defibrillator?", Presenters: []string{"Dr Rosa Marín"}, StartsAt: &liveAt},
			}},
		},
	}
}

func (f *fake) Webinar(_ context.Context, id string) (Webinar, error) {
	w := Webinar{
		ID: id, Title: "Four pillars: who gets what, and when", ProgramID: "prg_1", ProgramTitle: "Heart failure in general practice",
		CourseTitle: "Drugs that prolong life", Presenters: []string{"Dr Amira Haddad", "Dr Jonas Berg"}, Playable: true,
		Description: "ARNI, beta blocker, MRA and SGLT2 inhibitor: the order matters less than the start.",
		DurationS:   40, ResumeAtS: 24, WatchedPercent: 52.5, Watched: [][2]float64{{0, 15}, {18, 24}}, ThresholdPercent: 90,
		Materials: []Material{
			{"Slides", "/v1/materials/mat_1/file", "four-pillars.pdf", 4_200_000}, {"titration-table.xlsx", "/v1/materials/mat_2/file", "titration-table.xlsx", 31_000},
		},
		Around:   demoProgram(),
		Captions: []Caption{{"en", "/test/captions/en"}, {"ar", "/test/captions/ar"}}, Poster: "/test/picture?n=1", Rungs: Rungs{{"v0", 900_000}, {"v1", 400_000}},
		Chapters: []Chapter{{0, "Why four at once", "/test/picture?n=0"}, {12.5, "Small doses, quickly", "/test/picture?n=1"}, {30, "Potassium", ""}},
	}
	if f.completed {
		w.Around, w.Completed = completedProgram(), true
	}
	switch id {
	case "web_2":
		return w, nil
	case "web_4":
		w.Playable, w.StartsAt = false, &liveAt
		return w, nil
	case "web_6":
		w.Playable, w.Withdrawn = false, true
		return w, nil
	}
	return Webinar{}, ErrNotFound
}

func (f *fake) OpenPlain(context.Context, string) (string, error) {
	return "/media/fallback.mp4", f.failure
}

func (f *fake) PresentedWebinars(context.Context) ([]PresentedWebinar, error) {
	if f.empty {
		return nil, nil
	}
	return demoPresented(), nil
}

func demoPresented() []PresentedWebinar {
	const program, course = "Heart failure in general practice", "Drugs that prolong life"
	return []PresentedWebinar{
		{ID: "web_2", Title: "Four pillars: who gets what, and when", ProgramTitle: program, CourseTitle: course, StartsAt: &liveAt, EndsAt: &liveEnd, Presenters: []string{"Dr Amira Haddad"}, OpenQuestions: 1, Recordings: []Recording{
			{ID: "rec_2", Filename: "four-pillars-cut.mp4", SizeBytes: 1_830_000_000, State: "processing", Progress: 0.42, ETAS: 400, PartsDone: 12, Parts: 51},
			{ID: "rec_1", Filename: "four-pillars.mp4", Fingerprint: "v2-4", SizeBytes: 1_910_000_000, State: "ready", Current: true, DurationS: 3011, Warnings: []string{"The recording is silent for the first 40 seconds."}},
		}},
		{ID: "web_3", Title: "Kidneys, potassium and titration", ProgramTitle: program, CourseTitle: course, Presenters: []string{"Dr Amira Haddad"}, Recordings: []Recording{
			{ID: "rec_3", Filename: "slides.pptx.mp4", SizeBytes: 41_000_000, State: "failed", Failure: "This file holds no video. Please export the recording of your talk as MP4 and upload that."},
		}},
		{ID: "web_5", Title: "Questions from practice", ProgramTitle: program, CourseTitle: course},
		{ID: "web_6", Title: "A case, step by step", ProgramTitle: program, CourseTitle: course, OpenQuestions: 3, Recordings: []Recording{
			{ID: "rec_4", Filename: "case.mp4", SizeBytes: 910_000_000, State: "ready", Withdrawn: true, DurationS: 2957.5},
			{ID: "rec_8", Filename: "case-first.mp4", SizeBytes: 1_010_000_000, State: "ready", DurationS: 3004},
		}},
	}
}

func (f *fake) PresentedWebinar(_ context.Context, id string) (PresentedWebinar, error) {
	if id == "web_unfinished" {
		return PresentedWebinar{ID: id, Title: "Sent in two goes", Recordings: []Recording{
			{ID: "rec_1", Filename: "short.mp4", State: "ready", Fingerprint: "v2-1"}, {ID: "rec_9", Filename: "long.mp4", State: "uploading", Fingerprint: "v2-9"},
		}}, nil
	}
	for _, w := range demoPresented() {
		if w.ID == id {
			return w, nil
		}
	}
	return PresentedWebinar{}, ErrNotFound
}

func (f *fake) RecordingDetails(_ context.Context, id string) (RecordingDetails, error) {
	for _, w := range demoPresented() {
		for _, r := range w.Recordings {
			if r.ID == id {
				d := demoDetails(w, r)
				d.Private = f.rehearses && w.ID == cmp.Or(f.rehearsed, rehearsed)
				return d, nil
			}
		}
	}
	return RecordingDetails{}, ErrNotFound
}

func demoDetails(w PresentedWebinar, r Recording) RecordingDetails {
	d := RecordingDetails{Recording: r, WebinarID: w.ID, WebinarTitle: w.Title, Captions: []CaptionTrack{
		{Lang: "en", URL: "/test/captions/en", Cues: 812},
		{Lang: "ar", URL: "/test/captions/ar", Cues: 790, Warnings: []string{"The captions go on until 1:12:40, but the recording ends at 0:50:11. Please check that this file belongs to this recording."}},
	}}
	if r.ID == "rec_4" || r.ID == "rec_2" {
		d.Cut = RecordingCut{FromS: 42.5, ToS: 3000, WholeS: 3011}
	}
	if r.State != "ready" {
		d.Earlier = w.Recordings[1:]
		return d
	}
	d.Earlier = []Recording{{ID: "rec_0", Filename: "four-pillars-first.mp4", DurationS: 3790}}
	d.TimeMap = TimeMap{Replaces: "rec_0", Pieces: []TimePiece{{FromS: 12, ToS: 3725.5}, {FromS: 3780, ToS: endOfRecording, AtS: 3725.5}}}
	for n, at := range []float64{0, 412, 980, 2215} {
		d.Suggested = append(d.Suggested, Chapter{StartS: at, Picture: "/test/picture?n=" + strconv.Itoa(n)})
	}
	d.Posters = []PosterCandidate{{0, -1, "/test/picture?n=0"}, {1, 414, "/test/picture?n=1"}, {2, 982, "/test/picture?n=2"}}
	d.Poster = 1
	d.Live.Pieces = []LivePiece{{LiveAt: liveAt, ToS: 3011, First: Frame{URL: "/test/picture?n=0", Width: 160, Height: 90, SheetWidth: 800, SheetHeight: 450}}}
	return d
}

func (f *fake) SaveCaptions(_ context.Context, _, lang string, file []byte) error {
	f.lang, f.file = lang, file
	return f.failure
}

func (f *fake) SaveChapters(_ context.Context, _ string, chapters []Chapter) error {
	f.chapters = chapters
	return f.failure
}

func (f *fake) ChoosePoster(_ context.Context, _ string, candidate int) error {
	f.candidate = candidate
	return f.failure
}

func (f *fake) TrimRecording(_ context.Context, id string, fromS, toS float64) (string, error) {
	f.trimmed = fmt.Sprint(id, " ", fromS, " ", toS)
	return "rec_2", f.failure
}

func (f *fake) RemoveCaptions(context.Context, string, string) error    { return f.failure }
func (f *fake) PublishRecording(context.Context, string) error          { return f.failure }
func (f *fake) WithdrawRecording(context.Context, string, string) error { return f.failure }
func (f *fake) RetryRecording(context.Context, string) error            { return f.failure }

func (f *fake) Overview(context.Context) (Overview, error) {
	if f.viewer != nil && !f.viewer.Admin {
		return Overview{}, ErrForbidden
	}
	return Overview{
		Presenters: []Person{{"acc_1", "Dr Amira Haddad", "amira@example.org"}, {"acc_2", "Dr Jonas Berg", "jonas@example.org"}},
		Programs: []AdminProgram{{ID: "prg_1", Title: "Heart failure in general practice", Doctors: 128, OpenInvitations: 31, Courses: []AdminCourse{
			{ID: "crs_2", Title: "Drugs that prolong life", Webinars: demoPresented()},
			{ID: "crs_3", Title: "Devices and when to refer"},
		}}},
	}, nil
}

func (f *fake) CreateProgram(context.Context, string, string) error        { return f.failure }
func (f *fake) CreateCourse(context.Context, string, string, string) error { return f.failure }
func (f *fake) CreatePresenter(context.Context, string, string) error      { return f.failure }

func (f *fake) CreateWebinar(_ context.Context, _ string, w NewWebinar) (string, error) {
	f.made = w
	return "web_2", f.failure
}

func (f *fake) CreateInvitations(_ context.Context, _ string, emails []string, count int) ([]Invitation, error) {
	invitations := make([]Invitation, 0, len(emails)+count)
	for _, email := range emails {
		invitations = append(invitations, Invitation{"K7QP-2MXV-9TRD", email})
	}
	for range count {
		invitations = append(invitations, Invitation{Code: "H4WN-8CZJ-5BFE"})
	}
	return invitations, f.failure
}

func (f *fake) Missing(_ context.Context, id, account string) (Missing, error) {
	if id != "prg_1" {
		return Missing{}, ErrNotFound
	}
	m := Missing{
		ProgramID: id, Title: "Heart failure in general practice", Sentence: "1 of 3 webinars is still open: 13 min 30 s to watch.",
		Rule: "A webinar is completed when 90 % of what counts of it was watched live or as a recording, at up to 2× speed (version 1 of the rule, since Mon 2 Mar 2026, 08:00 EET).",
		Webinars: []MissingWebinar{
			{ID: "web_1", Title: "History, examination and the first tests", Completed: true, DurationS: 2530, WatchedPercent: 96, Watched: [][2]float64{{0, 2430}}, Sentence: "Completed on Wed 23 Sep 2026, 09:00 EET under version 1 of the rule.", Sessions: []string{"From Wed 23 Sep 2026, 08:15 to 09:00 EET with Chrome on Windows: 40 min 30 s were counted (0:00–40:30)."}},
			{
				ID: "web_2", Title: "Four pillars: who gets what, and when", Playable: true, DurationS: 2000, WatchedPercent: 47.36, Watched: [][2]float64{{0, 600}, {800, 900}, {1000, 1200}},
				Sentence: "You have watched 47.36 % of the webinar without the 1 min 40 s that do not count; 90 % are needed. 13 min 30 s still to watch.",
				Gaps:     []string{"At 10:00–13:20: skipped on Wed 23 Sep 2026, 16:30 EET with Chrome on Windows. Moving ahead does not count.", "At 20:00–31:40: not watched yet."},
				Sessions: []string{"From Wed 23 Sep 2026, 16:30 to 17:30 EET with Chrome on Windows: 5 min were counted (13:20–15:00, 16:40–20:00). 3 min were not counted: play had begun on another device at 17:30 EET."},
				Live:     []string{"In the live session from Tue 22 Sep 2026, 15:30 to 15:40 EET: 0:00–10:00 of the recording (report of Zoom, imported on Wed 23 Sep 2026, 17:30 EET)."},
			},
			{ID: "web_3", Title: "Kidneys, potassium and titration", Completed: true, Sentence: "Waived by an administrator on Wed 23 Sep 2026, 09:00 EET.", Waiver: &Waiver{ID: "wvr_1", At: liveAt}},
		},
	}
	if account != "" {
		m.AccountID, m.Name, m.Email = account, "Dr Ana López", "ana@example.org"
		m.Webinars = append(m.Webinars, MissingWebinar{ID: "web_5", Title: "Questions from practice", Completed: true, RevokedWaiver: "wvr_2", Sentence: "Completed on Wed 23 Sep 2026, 09:00 EET by a waiver of an administrator, which was revoked later; the completion stands."})
		m.Webinars[2].Waiver.Reason, m.Webinars[2].Waiver.By = "Gave this talk herself.", "Dr Amira Haddad"
	}
	return m, nil
}

func (f *fake) FindDoctor(_ context.Context, email string) (Doctor, error) {
	if email != "ana@example.org" {
		return Doctor{}, ErrNotFound
	}
	return Doctor{AccountID: "acc_9", Name: "Dr Ana López", Email: email, Programs: []DoctorProgram{
		{ID: "prg_1", Title: "Heart failure in general practice", Sentence: "1 of 3 webinars is still open: 13 min 30 s to watch."},
	}}, nil
}

func (f *fake) Waive(_ context.Context, webinar, account, reason string) error {
	f.waived = webinar + " " + account + " " + reason
	return f.failure
}

func (f *fake) RevokeWaiver(_ context.Context, id, reason string, takeBack bool) error {
	f.waived = id + " " + reason
	if takeBack {
		f.waived += " (taken back)"
	}
	return f.failure
}

func (f *fake) Rule(context.Context, string) (Rule, error) {
	return Rule{Version: 3, ThresholdPercent: 90, Counts: "union", MaxRate: 1.5, Rounding: "none"}, nil
}

func (f *fake) PreviewRule(_ context.Context, _ string, r Rule) (Preview, error) {
	f.rule = r
	return demoPreview(), f.failure
}

func demoPreview() Preview {
	return Preview{Completes: 312, Keeps: 1, ProgramsBefore: 17, ProgramsAfter: 60, More: true, Changes: []PreviewChange{
		{Name: "Dr Ana López", Email: "ana@example.org", Webinar: "Four pillars: who gets what, and when", Change: "completes", Before: 84.2, After: 84.2},
		{Name: "Dr Ben Okafor", Email: "ben@example.org", Webinar: "Kidneys, potassium and titration", Change: "keeps", Before: 91.37, After: 78.02},
	}}
}

func (f *fake) SetRule(_ context.Context, _ string, r Rule) error {
	f.rule = r
	f.rule.Note += " (set)"
	return f.failure
}

func (f *fake) Excluded(context.Context, string) (Excluded, error) {
	return Excluded{Ranges: []ExcludedRange{{0, 150, "opening"}, {2900, 3011.5, "questions"}}}, nil
}

func (f *fake) PreviewExcluded(_ context.Context, _ string, x Excluded) (Preview, error) {
	f.excluded = x
	return Preview{}, f.failure
}

func (f *fake) SetExcluded(_ context.Context, _ string, x Excluded) error {
	f.excluded = x
	f.excluded.Reason += " (set)"
	return f.failure
}
