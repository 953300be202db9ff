package catalog

import (
	"math"
	"time"
)

// Program is a certification, e.g. ten courses.
type Program struct {
	ID          ProgramID
	Title       string
	Description string
	Rule        Rule
	Version     int // grows with each change; the ETag
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Rule says when a webinar of the program counts as completed. Rules are
// versioned: a change writes a new version, and what was certified under an
// older one stays.
type Rule struct {
	Version          int
	ThresholdPercent float64  // share of the recording to be covered, 0–100
	Counts           Counts   // whose seconds count
	MaxRate          float64  // fastest playback speed that earns credit, ≤ 2
	Rounding         Rounding // of the percent that is held against the threshold
}

// Counts names the coverage that a rule looks at. Accreditors treat live and
// recorded as different activities.
type Counts string

// What a Rule may count.
const (
	CountsLive   Counts = "live"
	CountsReplay Counts = "replay"
	CountsUnion  Counts = "union"
)

// Rounding says how a percent is rounded before it is compared with the
// threshold. What is shown is never rounded up.
type Rounding string

// How a Rule may round.
const (
	RoundNone    Rounding = "none"    // compared exactly, to the millisecond
	RoundFloor   Rounding = "floor"   // down to whole percent
	RoundNearest Rounding = "nearest" // to whole percent, halves up: 89.5 % reaches 90 %
)

// DefaultRule is the first version of a new program's rule.
func DefaultRule() Rule {
	return Rule{Version: 1, ThresholdPercent: 90, Counts: CountsUnion, MaxRate: 2, Rounding: RoundNone}
}

// SetRule is one version of a program's rule with who set it, when and why.
type SetRule struct {
	Rule
	At   time.Time
	By   string // account or token; empty: unknown
	Note string
}

// Course is a subject inside a program. It is complete when its webinars are.
type Course struct {
	ID          CourseID
	ProgramID   ProgramID
	Title       string
	Description string
	Position    int // order inside the program, from 0
	// Prerequisites are the courses of the same program that have to be completed
	// before a doctor may open this one.
	Prerequisites []CourseRef
	// Missing are those of them that the reader has not completed; filled by
	// reading, for enrolled doctors only.
	Missing   []CourseRef
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// CourseRef names a course to people.
type CourseRef struct {
	ID    CourseID `json:"id"`
	Title string   `json:"title"`
}

// Webinar is one talk. StartsAt and EndsAt are its live schedule, nil when it
// was never live.
type Webinar struct {
	ID                 WebinarID
	CourseID           CourseID
	Title              string
	Description        string
	StartsAt           *time.Time
	EndsAt             *time.Time
	TimeZone           string     // IANA name, of the schedule
	OpensAt            *time.Time // doctors do not see it before; nil: from the start
	ClosesAt           *time.Time // nor from then on; nil: never
	PresenterIDs       []AccountID
	ModeratorIDs       []AccountID
	ExpectedViewers    int  // doctors that are expected live; 0: not said, as many as are enrolled
	AutoPublish        bool // a ready recording becomes current by itself
	Position           int
	CurrentRecordingID RecordingID    // empty: nothing to play yet
	Around             WebinarContext // filled by reading
	Version            int
	CreatedAt          time.Time
	UpdatedAt          time.Time
}

// WebinarFilter chooses webinars; what is left out lets all through.
type WebinarFilter struct {
	Program      ProgramID
	Presenter    AccountID
	StartsFrom   *time.Time
	StartsBefore *time.Time
	Playable     *bool // whether there is a recording to play
}

// WebinarContext is what is shown with a webinar but belongs to others.
type WebinarContext struct {
	ProgramID    ProgramID
	ProgramTitle string
	CourseTitle  string
	Rehearsal    bool        // the program is a presenter's rehearsal: no doctor sees it
	DurationMS   int64       // of the current recording; 0: none
	Presenters   []Presenter // as PresenterIDs, by name
	Moderators   []Presenter // as ModeratorIDs, by name
}

// Presenter is a person as the audience sees her.
type Presenter struct {
	ID   AccountID `json:"id"`
	Name string    `json:"name"`
}

// Enrolment is a doctor in a program; progress and credit belong to it.
type Enrolment struct {
	ID        EnrolmentID
	ProgramID ProgramID
	AccountID AccountID
	Via       string // "invitation", "spot", "admin"
	CreatedAt time.Time
}

// Hundredths rounds a percentage or a speed to the two decimals that rules keep.
func Hundredths(x float64) float64 { return math.Round(x*100) / 100 }
