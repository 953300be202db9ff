package player

import (
	"context"
	"net/http"
	"net/url"
	"slices"
)

// Answering is what those who present or moderate a webinar, and administrators,
// do with the questions at it.
type Answering interface {
	// QuestionsAsked lists them in the order of their places on the recording.
	// state: open, answered, dismissed or empty. ErrNotFound for others.
	QuestionsAsked(ctx context.Context, webinar, state, cursor string) (QuestionsAsked, error)
	// AnswerQuestion answers one, or sets another answer; shared shows both to all
	// who watch. A *FieldError on "text".
	AnswerQuestion(ctx context.Context, id, text string, shared bool) error
	// SettleQuestion puts one aside, or back.
	SettleQuestion(ctx context.Context, id string, dismissed bool) error
}

// QuestionsAsked are a webinar's questions, page by page.
type QuestionsAsked struct {
	WebinarID, Title string
	Chapters         []Chapter // of the recording that is shown
	Items            []Question
	Next             string // cursor of the next page
}

// answeringView is the content of the page.
type answeringView struct {
	QuestionsAsked
	Zone     string
	Filter   []field
	State    string // as the address has it
	Done     string // key of what was done just now
	Parts    []questionPart
	Next     string
	Problems map[string]string // by question
	Kept     map[string]string // answers that were not taken
	Lost     *lostAnswer
}

// lostAnswer is why something could not be done with a question that is not on
// the page, and what was written, so that it can be copied.
type lostAnswer struct{ Problem, Text string }

// questionPart is the questions about one chapter, or about no place.
type questionPart struct {
	Number  int // of the chapter; 0: none
	Title   string
	StartS  float64
	Nowhere bool // of no place on the recording
	Items   []Question
}

const (
	stateAnswered  = "answered"
	stateDismissed = "dismissed"
	stateAll       = "all"
)

func (s *site) forAnswering(page adder) {
	page("GET /presenter/webinars/{id}/questions", s.questionsPage)
	page("POST /presenter/webinars/{id}/questions/{question}/answer", s.answerQuestion)
	page("POST /presenter/webinars/{id}/questions/{question}/settle", s.settleQuestion)
}

func (s *site) questionsPage(w http.ResponseWriter, r *http.Request) error {
	view, err := s.answering(r)
	if err != nil {
		return err
	}
	view.Done = doneKey(r, "answering.did", stateAnswered, stateDismissed, stateOpen)
	return s.showAnswering(w, r, http.StatusOK, view)
}

func (s *site) showAnswering(w http.ResponseWriter, r *http.Request, status int, view answeringView) error {
	s.render(w, r, status, page{Name: "answering", Title: "answering.title", Section: presenterSection, Script: formScript, Content: view})
	return nil
}

func (s *site) answering(r *http.Request) (answeringView, error) {
	v, err := s.viewer(r)
	if err != nil {
		return answeringView{}, err
	}
	view := answeringView{Zone: v.TimeZone, State: r.FormValue("state"), Problems: map[string]string{}, Kept: map[string]string{}}
	state := view.State
	switch state {
	case "":
		state = stateOpen
	case stateAll:
		state = ""
	}
	if view.QuestionsAsked, err = s.Backend.QuestionsAsked(r.Context(), r.PathValue("id"), state, r.URL.Query().Get("cursor")); err != nil {
		return view, err
	}
	view.Next = nextPage(r, view.QuestionsAsked.Next)
	view.Filter = []field{{
		Name: "state", Label: "answering.state", Type: typeSelect, Value: view.State,
		Options: append([]Option{{"", s.locale(r).T("answering.state.open")}}, choices(s.locale(r), "", "answering.state", stateAnswered, stateDismissed, stateAll)...),
	}}
	view.Parts = questionParts(view.Chapters, view.Items)
	return view, nil
}

// questionParts puts questions, which are in order, below the chapters they are about.
func questionParts(chapters []Chapter, items []Question) (parts []questionPart) {
	for _, q := range items {
		part := questionPart{Nowhere: q.AtS == nil}
		for i, c := range chapters {
			if q.AtS != nil && c.StartS <= *q.AtS {
				part = questionPart{Number: i + 1, Title: c.Title, StartS: c.StartS}
			}
		}
		if last := len(parts) - 1; last >= 0 && parts[last].Number == part.Number && parts[last].Nowhere == part.Nowhere {
			parts[last].Items = append(parts[last].Items, q)
			continue
		}
		part.Items = []Question{q}
		parts = append(parts, part)
	}
	return parts
}

func (s *site) answerQuestion(w http.ResponseWriter, r *http.Request) error {
	text := r.PostFormValue("text")
	err := s.Backend.AnswerQuestion(r.Context(), r.PathValue("question"), text, r.PostFormValue("shared") != "")
	return s.questionSettled(w, r, stateAnswered, text, err)
}

func (s *site) settleQuestion(w http.ResponseWriter, r *http.Request) error {
	to := stateOpen
	if r.PostFormValue("to") == stateDismissed {
		to = stateDismissed
	}
	return s.questionSettled(w, r, to, "", s.Backend.SettleQuestion(r.Context(), r.PathValue("question"), to == stateDismissed))
}

// questionSettled returns to the list, or shows it with what was wrong.
func (s *site) questionSettled(w http.ResponseWriter, r *http.Request, done, text string, err error) error {
	if err == nil {
		query := url.Values{"done": {done}}
		if state := r.PostFormValue("state"); state != "" {
			query.Set("state", state)
		}
		http.Redirect(w, r, "/presenter/webinars/"+url.PathEscape(r.PathValue("id"))+"/questions?"+query.Encode(), http.StatusSeeOther)
		return nil
	}
	status, words, err := complaint(err)
	if err != nil {
		return err
	}
	view, err := s.answering(r)
	if err != nil {
		return err
	}
	question := r.PathValue("question")
	view.Problems[question], view.Kept[question] = words, text
	if !slices.ContainsFunc(view.Items, func(q Question) bool { return q.ID == question }) {
		view.Lost = &lostAnswer{words, text}
	}
	return s.showAnswering(w, r, status, view)
}
