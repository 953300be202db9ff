package playbackapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// QuestionStore keeps what doctors ask who presents a webinar.
type QuestionStore interface {
	// Ask keeps a question. catalog.ErrNotFound, catalog.ErrNotReady,
	// playback.ErrTooManyQuestions, *catalog.ConflictError, *catalog.FieldError.
	Ask(ctx context.Context, asked playback.Asked) (playback.Question, error)
	// QuestionsSeen lists what an enrolled doctor sees. catalog.ErrNotFound.
	QuestionsSeen(ctx context.Context, account catalog.AccountID, webinar catalog.WebinarID) (playback.QuestionsSeen, error)
	// QuestionsAsked lists them for those who answer. catalog.ErrNotFound for others.
	QuestionsAsked(ctx context.Context, who identity.Principal, webinar catalog.WebinarID, state playback.QuestionState, page catalog.PageRequest) (catalog.Page[playback.Question], error)
	// WebinarsWithQuestions lists where questions wait for somebody's answer.
	WebinarsWithQuestions(ctx context.Context, who identity.Principal, page catalog.PageRequest) (catalog.Page[playback.WebinarWithQuestions], error)
	// Answer answers one; idempotent. catalog.ErrNotFound, playback.ErrTakenBack, *catalog.FieldError.
	Answer(ctx context.Context, who identity.Principal, id playback.QuestionID, text string, shared bool) (playback.Question, error)
	// SettleQuestion puts one aside, or back; idempotent. catalog.ErrNotFound, playback.ErrAnswered, playback.ErrTakenBack.
	SettleQuestion(ctx context.Context, who identity.Principal, id playback.QuestionID, state playback.QuestionState) (playback.Question, error)
	// WithdrawQuestion takes back what an account asked; idempotent. catalog.ErrNotFound for others', playback.ErrAnswerStays.
	WithdrawQuestion(ctx context.Context, account catalog.AccountID, id playback.QuestionID) error
}

// registerQuestions: doctors ask, who presents answers.
func (s *server) registerQuestions(api huma.API) {
	huma.Register(api, s.creating(huma.Operation{
		OperationID: "ask-question", Method: http.MethodPost, Path: "/v1/webinars/{id}/questions", Tags: []string{tag}, Summary: "Ask who presents a webinar",
		Description: "For a doctor who may play the webinar now, at most ten times an hour. `position_s` says which place of the recording it is about. " +
			"Those who answer are not told who asks. 409 `rehearsal` in a rehearsal, `not_ready` without a recording, and what opening play is refused with.",
		DefaultStatus: http.StatusCreated, Errors: append([]int{http.StatusTooManyRequests}, forPeople...),
	}), s.ask)
	huma.Register(api, huma.Operation{
		OperationID: "list-questions", Method: http.MethodGet, Path: "/v1/webinars/{id}/questions", Tags: []string{tag}, Summary: "List one's own questions and those that are shared",
		Description: "For a doctor who is enrolled: first her own with what became of them, then questions of others that were answered for everybody, without who asked. " +
			"Each in the order of their places on the recording; at most 400.",
		Errors: forPeople,
	}, s.listQuestions)
	huma.Register(api, huma.Operation{
		OperationID: "list-all-questions", Method: http.MethodGet, Path: "/v1/webinars/{id}/questions/all", Tags: []string{tag}, Summary: "List what was asked at a webinar",
		Description: "For who presents or moderates the webinar, and administrators. In the order of their places on the recording that is shown; those of no place come last. " +
			"When a recording was replaced, places move along its time map. Only administrators are told who asked.",
		Errors: forPeople,
	}, s.listAllQuestions)
	huma.Register(api, huma.Operation{
		OperationID: "count-open-questions", Method: http.MethodGet, Path: "/v1/questions/open", Tags: []string{tag}, Summary: "Count the questions without an answer, webinar by webinar",
		Description: "Of the webinars that one presents or moderates; administrators are told of all. Webinars without such questions are left out.",
		Errors:      forPeople,
	}, s.countOpenQuestions)
	huma.Register(api, huma.Operation{
		OperationID: "answer-question", Method: http.MethodPut, Path: "/v1/questions/{id}/answer", Tags: []string{tag}, Summary: "Answer a question",
		Description: "For who presents or moderates the webinar, and administrators. Who asked sees the answer and is told of the first one; with `shared`, all who watch the webinar see both. " +
			"Sending another answer replaces it. 409 `question_withdrawn` when who asked has taken it back. It goes to the audit log, without the words.",
		Errors: forPeople,
	}, s.answerQuestion)
	huma.Register(api, huma.Operation{
		OperationID: "settle-question", Method: http.MethodPatch, Path: "/v1/questions/{id}", Tags: []string{tag}, Summary: "Put a question aside, or back",
		Description: "`dismissed` puts it aside without an answer, which who asked is shown; `open` puts it back. Doing it twice is harmless. " +
			"409 `question_answered` when it has an answer, `question_withdrawn` when who asked has taken it back. It goes to the audit log.",
		Errors: forPeople,
	}, s.settleQuestion)
	huma.Register(api, huma.Operation{
		OperationID: "withdraw-question", Method: http.MethodDelete, Path: "/v1/questions/{id}", Tags: []string{tag}, Summary: "Take one's own question back",
		Description: "For who asked it, while it has no answer: also when it was put aside, and when nothing can be asked any more. Its words and its place are removed for ever; " +
			"it leaves all lists and counts. Doing it twice is harmless. 409 `question_answered` when it has an answer: that stays, without her name where it is shared. " +
			"It goes to the audit log, without the words.",
		DefaultStatus: http.StatusNoContent, Errors: forPeople,
	}, s.withdrawQuestion)
}

// QuestionBody is what everybody is told of a question who may see it.
type QuestionBody struct {
	QuestionID playback.QuestionID    `json:"question_id" example:"qst_01jd2v9k3m4n5p6q7r8s9t0v1w"`
	PositionS  *float64               `json:"position_s" example:"1930" doc:"Its place on the recording that is shown; null: none."`
	Text       string                 `json:"text" example:"Would you start with the lower dose in an older patient?"`
	State      playback.QuestionState `json:"state" enum:"open,answered,dismissed"`
	Answer     string                 `json:"answer" example:"Yes, and go up after two weeks." doc:"Empty until there is one."`
	AnsweredAt *time.Time             `json:"answered_at" doc:"When it was first answered."`
	Shared     bool                   `json:"shared" doc:"All who watch the webinar see it with its answer, without who asked."`
}

func questionOf(q playback.Question) QuestionBody {
	return QuestionBody{
		QuestionID: q.ID, PositionS: inSeconds(q.PositionMS), Text: q.Text, State: q.State(), Answer: q.Answer, AnsweredAt: inUTC(q.AnsweredAt), Shared: q.Shared,
	}
}

// seenQuestionBody is a question for somebody who watches.
type seenQuestionBody struct {
	QuestionBody
	Own     bool       `json:"own"`
	AskedAt *time.Time `json:"asked_at" doc:"Null for those of others."`
}

func seenQuestionOf(q playback.Question) seenQuestionBody {
	body := seenQuestionBody{QuestionBody: questionOf(q), Own: q.AccountID != ""}
	if body.Own {
		body.AskedAt = inUTC(&q.At)
	}
	return body
}

// askedQuestionBody is a question for somebody who answers.
type askedQuestionBody struct {
	QuestionBody
	AskedAt     time.Time         `json:"asked_at"`
	AccountID   catalog.AccountID `json:"account_id" doc:"Who asked; empty but for administrators."`
	Name        string            `json:"name" doc:"Of the doctor; empty but for administrators."`
	AnsweredBy  string            `json:"answered_by" doc:"Account or token."`
	DismissedAt *time.Time        `json:"dismissed_at"`
	DismissedBy string            `json:"dismissed_by" doc:"Account or token."`
}

func askedQuestionOf(who identity.Principal, q playback.Question) askedQuestionBody {
	body := askedQuestionBody{
		QuestionBody: questionOf(q), AskedAt: q.At.UTC(), AnsweredBy: q.AnsweredBy, DismissedAt: inUTC(q.DismissedAt), DismissedBy: q.DismissedBy,
	}
	if who.Admin() {
		body.AccountID, body.Name = q.AccountID, q.Name
	}
	return body
}

type askInput struct {
	ID   string `path:"id" maxLength:"100" doc:"Of the webinar."`
	Body struct {
		Text      string   `json:"text" maxLength:"4000" example:"Would you start with the lower dose in an older patient?" doc:"At most 1,000 characters. No names of patients, please."`
		PositionS *float64 `json:"position_s,omitempty" minimum:"0" maximum:"1000000" nullable:"true" example:"1930" doc:"The place on the recording that it is about, if it is about one."`
	}
}

func (s *server) ask(ctx context.Context, in *askInput) (*struct{ Body seenQuestionBody }, error) {
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	asked := playback.Asked{AccountID: who.AccountID, WebinarID: catalog.WebinarID(in.ID), Text: in.Body.Text}
	if in.Body.PositionS != nil {
		at := milliseconds(*in.Body.PositionS)
		asked.PositionMS = &at
	}
	q, err := s.Store.Ask(ctx, asked)
	return &struct{ Body seenQuestionBody }{seenQuestionOf(q)}, err
}

type questionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		MayAsk bool               `json:"may_ask" doc:"Now: the webinar can be played, and is no rehearsal."`
		Items  []seenQuestionBody `json:"items" nullable:"false"`
	}
}

func (s *server) listQuestions(ctx context.Context, in *webinarInput) (*questionsOutput, error) {
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	seen, err := s.Store.QuestionsSeen(ctx, who.AccountID, catalog.WebinarID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &questionsOutput{CacheControl: noStore}
	out.Body.MayAsk, out.Body.Items = seen.MayAsk, []seenQuestionBody{}
	for _, q := range seen.Items {
		out.Body.Items = append(out.Body.Items, seenQuestionOf(q))
	}
	return out, nil
}

type allQuestionsInput struct {
	ID    string                 `path:"id" maxLength:"100" doc:"Of the webinar."`
	State playback.QuestionState `query:"state" enum:"open,answered,dismissed" doc:"Only questions in this state."`
	Paging
}

type allQuestionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []askedQuestionBody `json:"items" nullable:"false"`
		NextCursor *string             `json:"next_cursor" doc:"Null on the last page."`
	}
}

func (s *server) listAllQuestions(ctx context.Context, in *allQuestionsInput) (*allQuestionsOutput, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.QuestionsAsked(ctx, who, catalog.WebinarID(in.ID), in.State, in.request())
	if err != nil {
		return nil, err
	}
	out := &allQuestionsOutput{CacheControl: noStore}
	out.Body.Items, out.Body.NextCursor = []askedQuestionBody{}, orNull(page.NextCursor)
	for _, q := range page.Items {
		out.Body.Items = append(out.Body.Items, askedQuestionOf(who, q))
	}
	return out, nil
}

type answerInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Text   string `json:"text" maxLength:"16000" example:"Yes, and go up after two weeks." doc:"At most 4,000 characters."`
		Shared bool   `json:"shared" example:"true" doc:"Show question and answer to all who watch the webinar, without who asked."`
	}
}

func (s *server) answerQuestion(ctx context.Context, in *answerInput) (*struct{ Body askedQuestionBody }, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.Store.Answer(ctx, who, playback.QuestionID(in.ID), in.Body.Text, in.Body.Shared)
	return &struct{ Body askedQuestionBody }{askedQuestionOf(who, q)}, err
}

type settleQuestionInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		State playback.QuestionState `json:"state" enum:"open,dismissed" example:"dismissed"`
	}
}

func (s *server) settleQuestion(ctx context.Context, in *settleQuestionInput) (*struct{ Body askedQuestionBody }, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.Store.SettleQuestion(ctx, who, playback.QuestionID(in.ID), in.Body.State)
	return &struct{ Body askedQuestionBody }{askedQuestionOf(who, q)}, err
}

type withdrawQuestionInput struct {
	ID string `path:"id" maxLength:"100"`
}

func (s *server) withdrawQuestion(ctx context.Context, in *withdrawQuestionInput) (*struct{}, error) {
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.WithdrawQuestion(ctx, who.AccountID, playback.QuestionID(in.ID))
}

type withQuestionsBody struct {
	WebinarID    catalog.WebinarID `json:"webinar_id" example:"web_01jd2v9k3m4n5p6q7r8s9t0v1w"`
	WebinarTitle string            `json:"webinar_title" example:"Beta blockers"`
	Open         int               `json:"open" example:"3" doc:"Neither answered nor put aside nor taken back."`
	Since        time.Time         `json:"since" doc:"When the oldest of them was asked."`
}

type openQuestionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []withQuestionsBody `json:"items" nullable:"false"`
		NextCursor *string             `json:"next_cursor" doc:"Null on the last page."`
	}
}

func (s *server) countOpenQuestions(ctx context.Context, in *Paging) (*openQuestionsOutput, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.WebinarsWithQuestions(ctx, who, in.request())
	if err != nil {
		return nil, err
	}
	out := &openQuestionsOutput{CacheControl: noStore}
	out.Body.Items, out.Body.NextCursor = []withQuestionsBody{}, orNull(page.NextCursor)
	for _, w := range page.Items {
		out.Body.Items = append(out.Body.Items, withQuestionsBody{w.WebinarID, w.Title, w.Open, w.Since.UTC()})
	}
	return out, nil
}
