package playback_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/playback"
)

func TestQuestionsAreChecked(t *testing.T) {
	t.Parallel()
	at := func(ms int64) *int64 { return &ms }
	for _, c := range []struct {
		asked playback.Asked
		field string
		text  string
	}{
		{playback.Asked{Text: " Which dose?\r\nAnd for whom? "}, "", "Which dose?\nAnd for whom?"},
		{playback.Asked{Text: "Why?", PositionMS: at(60_000)}, "", "Why?"},
		{playback.Asked{Text: "Why?", PositionMS: at(60_001)}, "position_s", ""},
		{playback.Asked{Text: "Why?", PositionMS: at(-1)}, "position_s", ""},
		{playback.Asked{Text: " \n\u200b "}, "text", ""},
		{playback.Asked{Text: "a\x00b"}, "text", ""},
		{playback.Asked{Text: strings.Repeat("ä", playback.MostOfQuestion)}, "", strings.Repeat("ä", playback.MostOfQuestion)},
		{playback.Asked{Text: strings.Repeat("ä", playback.MostOfQuestion+1)}, "text", ""},
	} {
		kept, err := c.asked.Check(60_000)
		var wrong *catalog.FieldError
		switch {
		case c.field == "" && (err != nil || kept.Text != c.text):
			t.Errorf("%+v: %q, %v", c.asked, kept.Text, err)
		case c.field != "" && (!errors.As(err, &wrong) || wrong.Field != c.field):
			t.Errorf("%+v: %v, want a complaint about %s", c.asked, err, c.field)
		}
	}
	if _, err := playback.CheckAnswer(strings.Repeat("x", playback.MostOfAnswer+1)); err == nil {
		t.Error("an answer of any length")
	}
}

func TestStatesOfQuestions(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for want, q := range map[playback.QuestionState]playback.Question{
		playback.QuestionOpen: {}, playback.QuestionAnswered: {AnsweredAt: &now}, playback.QuestionDismissed: {DismissedAt: &now},
	} {
		if got := q.State(); got != want {
			t.Errorf("%+v is %s, want %s", q, got, want)
		}
	}
}
