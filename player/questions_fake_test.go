package player

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// questionsFake keeps the questions at one webinar. Others are asked by somebody else.
type questionsFake struct {
	mu        sync.Mutex
	questions []Question
}

func demoQuestions() []Question {
	return []Question{
		{ID: "qst_1", Text: "Would you start with the lower dose in an older patient?", AtS: value(1930.0), State: "answered", Answer: "Yes, and go up after two weeks. Watch the pressure.", Own: true, AskedAt: liveAt},
		{ID: "qst_2", Text: "What about the kidneys?", State: "open", Own: true, AskedAt: liveAt.Add(time.Minute)},
		{ID: "qst_3", Text: "Is the tax deductible?", AtS: value(40.0), State: "dismissed", Own: true, AskedAt: liveAt},
		{ID: "qst_4", Text: "هل يناسب مرضى السكري؟", AtS: value(400.0), State: "answered", Answer: "Yes, it does.", Shared: true, AskedAt: liveAt},
	}
}

func (f *questionsFake) all() []Question {
	if f.questions == nil {
		f.questions = demoQuestions()
	}
	return f.questions
}

// Questions: one webinar has some, one takes none.
func (f *fake) Questions(_ context.Context, webinar string) (Questions, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch webinar {
	case "web_2":
		seen := Questions{MayAsk: true}
		for _, q := range f.all() {
			if q.Own || q.Shared {
				seen.Items = append(seen.Items, q)
			}
		}
		return seen, nil
	case "web_9":
		return Questions{}, ErrNotFound
	}
	return Questions{}, nil
}

func (f *fake) AskQuestion(_ context.Context, _, text string, at *float64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failure != nil {
		return f.failure
	}
	f.questions = append(f.all(), Question{ID: fmt.Sprint("qst_", len(f.all())+1), Text: text, AtS: at, State: "open", Own: true, AskedAt: liveAt})
	return nil
}

// WithdrawQuestion: none is refused unless everything is; it has to be her own.
func (f *fake) WithdrawQuestion(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.all(), func(q Question) bool { return q.ID == id && q.Own })
	switch {
	case f.failure != nil:
		return f.failure
	case i < 0:
		return ErrNotFound
	case f.questions[i].Answer != "":
		return &Refusal{http.StatusConflict, "This question has an answer by now, so it stays."}
	}
	f.questions = slices.Delete(slices.Clone(f.questions), i, i+1)
	return nil
}

// QuestionsAsked are in the order of their places.
func (f *fake) QuestionsAsked(_ context.Context, webinar, state, cursor string) (QuestionsAsked, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := QuestionsAsked{WebinarID: webinar, Title: "Four pillars: who gets what, and when"}
	switch webinar {
	case "web_4":
		return asked, nil
	case "web_2":
	default:
		return QuestionsAsked{}, ErrNotFound
	}
	asked.Chapters = []Chapter{{StartS: 310, Title: "Who needs a beta blocker?"}, {StartS: 1240, Title: "Titration in the first months"}}
	if cursor == "" && state == "" {
		asked.Next = "more"
	}
	for _, q := range slices.SortedStableFunc(slices.Values(f.all()), byPlace) {
		if state != "" && q.State != state {
			continue
		}
		if q.ID == "qst_4" {
			q.AccountID, q.Name = "acc_9", "Dr Ana López"
		}
		asked.Items = append(asked.Items, q)
	}
	return asked, nil
}

func (f *fake) AnswerQuestion(_ context.Context, id, text string, shared bool) error {
	return f.change(id, func(q *Question) { q.Answer, q.Shared, q.State = text, shared, "answered" })
}

func (f *fake) SettleQuestion(_ context.Context, id string, dismissed bool) error {
	return f.change(id, func(q *Question) {
		if q.State = "open"; dismissed {
			q.State = "dismissed"
		}
	})
}

func (f *fake) change(id string, to func(*Question)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failure != nil {
		return f.failure
	}
	for i := range f.all() {
		if f.questions[i].ID == id {
			to(&f.questions[i])
			return nil
		}
	}
	return ErrNotFound
}

// byPlace orders questions; those of no place are last.
func byPlace(a, b Question) int {
	at := func(q Question) float64 {
		if q.AtS == nil {
			return 1e9
		}
		return *q.AtS
	}
	return cmp.Compare(at(a), at(b))
}
