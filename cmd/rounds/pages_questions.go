package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// questionAnswer is a question as the API tells of it.
type questionAnswer struct {
	QuestionID string     `json:"question_id"`
	PositionS  *float64   `json:"position_s"`
	Text       string     `json:"text"`
	State      string     `json:"state"`
	Answer     string     `json:"answer"`
	Shared     bool       `json:"shared"`
	Own        bool       `json:"own"`
	AskedAt    *time.Time `json:"asked_at"`
	AccountID  string     `json:"account_id"`
	Name       string     `json:"name"`
}

func (q questionAnswer) view() player.Question {
	view := player.Question{
		ID: q.QuestionID, AtS: q.PositionS, Text: q.Text, State: q.State, Answer: q.Answer, Shared: q.Shared, Own: q.Own, AccountID: q.AccountID, Name: q.Name,
	}
	if q.AskedAt != nil {
		view.AskedAt = *q.AskedAt
	}
	return view
}

// Questions implements player.Asking.
func (p *pages) Questions(ctx context.Context, webinar string) (player.Questions, error) {
	var got struct {
		MayAsk bool `json:"may_ask"`
		Items  []questionAnswer
	}
	if err := p.get(ctx, webinarPath(webinar)+"/questions", &got); err != nil {
		return player.Questions{}, err
	}
	seen := player.Questions{MayAsk: got.MayAsk}
	for _, q := range got.Items {
		seen.Items = append(seen.Items, q.view())
	}
	return seen, nil
}

// AskQuestion implements player.Asking.
func (p *pages) AskQuestion(ctx context.Context, webinar, text string, at *float64) error {
	return p.post(ctx, webinarPath(webinar)+"/questions", map[string]any{"text": text, "position_s": at}, nil)
}

// WithdrawQuestion implements player.Asking.
func (p *pages) WithdrawQuestion(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/questions/"+url.PathEscape(id), nil, "")
	return err
}

// QuestionsAsked implements player.Answering.
func (p *pages) QuestionsAsked(ctx context.Context, id, state, cursor string) (player.QuestionsAsked, error) {
	asked := player.QuestionsAsked{WebinarID: id}
	who, err := identity.Require(ctx)
	if err != nil {
		return asked, pageErrorOf(ctx, err)
	}
	query := url.Values{"limit": {"50"}}
	if state != "" {
		query.Set("state", state)
	}
	answers, next, err := listOnce[questionAnswer](ctx, p, webinarPath(id)+"/questions/all", query, cursor)
	if err != nil {
		return asked, err
	}
	asked.Next = next
	for _, a := range answers {
		asked.Items = append(asked.Items, a.view())
	}
	webinar, err := p.store.Webinar(ctx, who, catalog.WebinarID(id))
	if err != nil {
		return asked, pageErrorOf(ctx, err)
	}
	asked.Title = webinar.Title
	if webinar.CurrentRecordingID == "" {
		return asked, nil
	}
	extras, err := p.store.Extras(ctx, webinar.CurrentRecordingID)
	if err != nil {
		return asked, pageErrorOf(ctx, err)
	}
	for _, c := range extras.Chapters {
		asked.Chapters = append(asked.Chapters, player.Chapter{StartS: seconds(c.StartMS), Title: c.Title})
	}
	return asked, nil
}

// AnswerQuestion implements player.Answering.
func (p *pages) AnswerQuestion(ctx context.Context, id, text string, shared bool) error {
	_, err := p.do(ctx, http.MethodPut, "/v1/questions/"+url.PathEscape(id)+"/answer", map[string]any{"text": text, "shared": shared}, "")
	return err
}

// SettleQuestion implements player.Answering.
func (p *pages) SettleQuestion(ctx context.Context, id string, dismissed bool) error {
	state := "open"
	if dismissed {
		state = "dismissed"
	}
	return p.patch(ctx, "/v1/questions/"+url.PathEscape(id), 0, map[string]any{"state": state})
}
