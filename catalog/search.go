package catalog

// Hit is something that a search has found.
type Hit struct {
	Kind       HitKind
	ID         string // of the program, course or webinar
	Title      string
	By         HitBy
	ProgramID  ProgramID
	Program    string   // its title
	CourseID   CourseID // empty for a program
	Course     string
	Presenters []Presenter // of a webinar
	Moments    []Moment    // of a webinar that is found by its captions: where it is said
}

// HitKind says what was found.
type HitKind string

// What a search finds.
const (
	HitProgram HitKind = "program"
	HitCourse  HitKind = "course"
	HitWebinar HitKind = "webinar"
)

// HitBy says by what it was found, the best first.
type HitBy int

// What is searched, in the order of hits.
const (
	ByTitle HitBy = iota
	ByPresenter
	ByCaptions
)

// String is the word of the API.
func (b HitBy) String() string { return [...]string{"title", "presenter", "captions"}[b] }

// Moment is a place in the captions.
type Moment struct {
	AtMS  int64
	Lang  Lang
	Words string
}

// MaxMoments is how many places are told for one webinar.
const MaxMoments = 3
