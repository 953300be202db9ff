package playback

import (
	"strings"
	"time"

	"rounds/catalog"
)

// QuestionID names a question ("qst_…").
type QuestionID string

// NewQuestionID mints an identifier for a question.
func NewQuestionID() QuestionID { return QuestionID(catalog.NewID("qst")) }

// Question is what a doctor asks who presents a webinar.
type Question struct {
	ID           QuestionID
	At           time.Time
	AccountID    catalog.AccountID // who asks
	Name         string            // of the account
	WebinarID    catalog.WebinarID
	WebinarTitle string
	ProgramID    catalog.ProgramID
	PositionMS   *int64 // on the timeline of the recording that is shown now; nil: of no place on it
	Text         string
	Answer       string
	Shared       bool       // all who watch the webinar see it with its answer, without who asked
	AnsweredAt   *time.Time // nil: it has no answer
	AnsweredBy   string     // account or token
	DismissedAt  *time.Time // nil: it is not put aside
	DismissedBy  string     // account or token
	WithdrawnAt  *time.Time // nil: it was not taken back; else it has no words any more, and is in no list
}

// QuestionState tells what became of a question.
type QuestionState string

// The states of a question.
const (
	QuestionOpen      QuestionState = "open"
	QuestionAnswered  QuestionState = "answered"
	QuestionDismissed QuestionState = "dismissed" // put aside without an answer
)

// State tells what became of it.
func (q Question) State() QuestionState {
	switch {
	case q.AnsweredAt != nil:
		return QuestionAnswered
	case q.DismissedAt != nil:
		return QuestionDismissed
	default:
		return QuestionOpen
	}
}

// Asked is a question before it is kept.
type Asked struct {
	AccountID  catalog.AccountID
	WebinarID  catalog.WebinarID
	PositionMS *int64 // on the timeline of the recording that is shown; nil: of no place on it
	Text       string
}

// QuestionsSeen are the questions that a doctor sees at a webinar, in the order
// of their places on the recording: her own, and those that are shared.
type QuestionsSeen struct {
	MayAsk bool // now
	Items  []Question
}

// WebinarWithQuestions is a webinar at which questions wait for an answer.
type WebinarWithQuestions struct {
	WebinarID catalog.WebinarID
	Title     string
	Open      int
	Since     time.Time // the oldest of them
}

// Bounds of questions and answers, in characters, and of how many questions are
// kept of an account.
const (
	MostOfQuestion  = 1000
	MostOfAnswer    = 4000
	QuestionsAnHour = 10
)

// What keeps a question from being kept, answered, put aside or taken back.
var (
	ErrTooManyQuestions = &catalog.RateLimitError{
		Code: "too_many_questions", RetryAfter: time.Hour, Message: "You have asked many questions within an hour. Please ask this one later.",
	}
	ErrNoQuestionsHere = &catalog.ConflictError{Code: "rehearsal", Message: "This is a rehearsal: no questions are taken here."}
	ErrAnswered        = &catalog.ConflictError{Code: "question_answered", Message: "This question has been answered."}
	ErrAnswerStays     = &catalog.ConflictError{Code: "question_answered", Message: "This question has an answer by now, so it stays."}
	ErrTakenBack       = &catalog.ConflictError{Code: "question_withdrawn", Message: "Who asked has taken this question back. It needs no answer any more."}
)

// Check makes of what was sent what is kept, on a recording of so many
// milliseconds. A *catalog.FieldError names what cannot be used.
func (a Asked) Check(durationMS int64) (Asked, error) {
	text, err := longText("text", a.Text, MostOfQuestion)
	if err != nil {
		return a, err
	}
	a.Text = text
	if a.PositionMS != nil && (*a.PositionMS < 0 || *a.PositionMS > durationMS) {
		return a, &catalog.FieldError{Field: "position_s", Code: "beyond_recording", Message: "The recording is not that long."}
	}
	return a, nil
}

// CheckAnswer makes of what was written what is kept. A *catalog.FieldError on "text".
func CheckAnswer(text string) (string, error) { return longText("text", text, MostOfAnswer) }

// longText is a text of several lines that has to say something.
func longText(field, text string, most int) (string, error) {
	clean, err := catalog.CleanText(field, text, most)
	if err != nil {
		return "", err
	}
	_, err = catalog.CleanLine(field, strings.Join(strings.Fields(clean), " "), most, true)
	return clean, err
}
