package player

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestDoctorsAskBelowTheVideo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/webinars/web_2"), http.StatusOK, `id="questions"`, "Ask the presenter a question", "Up to 1,000 characters", "Your questions", "32:10", "and go up after two weeks", "No answer yet",
		"put this question aside", "Answered for everybody", "Yes, it does.")
	if page := b.get("/webinars/web_4"); strings.Contains(page.Body.String(), "Ask the presenter") {
		t.Error("a form where nothing can be asked")
	}
	const path = "/webinars/web_2/questions"
	wantsRedirect(t, b.post(path, url.Values{"text": {"And in pregnancy?"}, "position_s": {" 10:05 "}}), "/webinars/web_2?done=sent#questions")
	wantsRedirect(t, b.post(path, url.Values{"text": {"In general?"}, "position_s": {""}}), "/webinars/web_2?done=sent#questions")
	asked := b.questions[len(b.questions)-2:]
	if asked[0].Text != "And in pregnancy?" || *asked[0].AtS != 605 || asked[1].AtS != nil {
		t.Errorf("asked %+v", asked)
	}
	wants(t, b.get("/webinars/web_2?done=sent"), http.StatusOK, "Your question is with the presenter", "And in pregnancy?")
	for _, c := range []struct{ text, place, words string }{
		{" ", "", "aria-invalid"},
		{"Why?", "half past", "Write times like"},
	} {
		wants(t, b.post(path, url.Values{"text": {c.text}, "position_s": {c.place}}), http.StatusUnprocessableEntity, c.words, `<details class="ask" open>`, c.place)
	}
	b.failure = &FieldError{"position_s", "The recording is not that long."}
	wants(t, b.post(path, url.Values{"text": {"Why <b>?"}, "position_s": {"9:59:00"}}), http.StatusUnprocessableEntity, "The recording is not that long.", "Why &lt;b&gt;?", `value="9:59:00"`)
	b.failure = &Refusal{http.StatusTooManyRequests, "You have asked many questions within an hour."}
	wants(t, b.post(path, url.Values{"text": {"Why?"}}), http.StatusUnprocessableEntity, "You have asked many questions within an hour.", "Why?</textarea>")
}

func TestPresentersAnswerQuestions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/presenter/webinars/web_2/questions"
	wants(t, b.get("/presenter/webinars/web_2"), http.StatusOK, `href="`+path+`"`)
	open := b.get(path)
	wants(t, open, http.StatusOK, "What about the kidneys?", "About no particular place", "Put aside")
	if strings.Contains(open.Body.String(), "lower dose") {
		t.Error("answered ones among those that are open")
	}
	all := b.get(path + "?state=all")
	wants(t, all, http.StatusOK, "Before the first chapter", "Is the tax deductible?", "Put back", "1. <bdi>5:10</bdi>", "Who needs a beta blocker?", "Change the answer", "Dr Ana López", "2. <bdi>20:40</bdi>", "?cursor=more&amp;state=all")
	order := []string{"Is the tax deductible?</p>", "هل يناسب مرضى السكري؟</p>", "lower dose in an older patient?</p>", "What about the kidneys?</p>"}
	for i, at := 0, 0; i < len(order); i++ {
		next := strings.Index(all.Body.String(), order[i])
		if next < at {
			t.Errorf("%s is not behind %s", order[i], order[max(0, i-1)])
		}
		at = next
	}
	wantsRedirect(t, b.post(path+"/qst_2/answer", url.Values{"text": {"Look at the potassium."}, "shared": {"1"}, "state": {"all"}}), path+"?done=answered&state=all")
	if q := b.questions[1]; q.Answer != "Look at the potassium." || !q.Shared {
		t.Errorf("answered %+v", q)
	}
	wants(t, b.get(path+"?done=answered"), http.StatusOK, "The answer is sent", "No questions here.")
	wantsRedirect(t, b.post(path+"/qst_3/settle", url.Values{"to": {"open"}}), path+"?done=open")
	wantsRedirect(t, b.post(path+"/qst_3/settle", url.Values{"to": {"dismissed"}}), path+"?done=dismissed")
	b.failure = &FieldError{"text", "Please use at most 4000 characters."}
	wants(t, b.post(path+"/qst_3/answer", url.Values{"text": {"Long <i>"}, "state": {"all"}}), http.StatusUnprocessableEntity, "Please use at most 4000 characters.", "Long &lt;i&gt;</textarea>", `<details class="ask" open>`)
	wants(t, b.get("/presenter/webinars/web_9/questions"), http.StatusNotFound)
	wants(t, b.get("/presenter/webinars/web_4/questions"), http.StatusOK, "No questions here.")
}

func TestDoctorsTakeTheirQuestionsBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/webinars/web_2/questions/"
	page := b.get("/webinars/web_2")
	wants(t, page, http.StatusOK, `action="`+path+`qst_2/withdraw"`, `action="`+path+`qst_3/withdraw"`, "removed for good")
	for _, id := range []string{"qst_1", "qst_4"} { // answered, and of another
		if strings.Contains(page.Body.String(), path+id) {
			t.Errorf("%s can be taken back", id)
		}
	}
	wantsRedirect(t, b.post(path+"qst_2/withdraw", nil), "/webinars/web_2?done=withdrawn#questions")
	page = b.get("/webinars/web_2?done=withdrawn")
	wants(t, page, http.StatusOK, "Your question is taken back")
	if strings.Contains(page.Body.String(), "kidneys") {
		t.Error("it is still there")
	}
	// An answer came first: that is said, and the answer is shown.
	wants(t, b.post(path+"qst_1/withdraw", nil), http.StatusConflict, `<p class="problem" role="alert" tabindex="-1">This question has an answer by now, so it stays.`, "and go up after two weeks")
	wants(t, b.post(path+"qst_4/withdraw", nil), http.StatusNotFound)
}

// TestAnswersToQuestionsTakenBack: what was written is not lost.
func TestAnswersToQuestionsTakenBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/presenter/webinars/web_2/questions"
	wantsRedirect(t, b.post("/webinars/web_2/questions/qst_2/withdraw", nil), "/webinars/web_2?done=withdrawn#questions")
	b.failure = &Refusal{http.StatusConflict, "Who asked has taken this question back."}
	wants(t, b.post(path+"/qst_2/answer", url.Values{"text": {"Look at the <b>potassium."}}), http.StatusConflict, "Who asked has taken this question back.", "so that you can copy it:", "Look at the &lt;b&gt;potassium.</p>")
	page := b.post(path+"/qst_2/settle", url.Values{"to": {"dismissed"}})
	wants(t, page, http.StatusConflict, "Who asked has taken this question back.")
	if strings.Contains(page.Body.String(), "so that you can copy it:") {
		t.Error("nothing was written")
	}
	// One that is on the page keeps both beside it.
	page = b.post(path+"/qst_3/answer", url.Values{"text": {"No."}, "state": {"all"}})
	wants(t, page, http.StatusConflict, `role="alert">Who asked has taken`, "No.</textarea>")
	if strings.Contains(page.Body.String(), "so that you can copy it:") {
		t.Error("said twice")
	}
}

func TestListsTellOfOpenQuestions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, times := range map[string]int{"/presenter": 1, "/presenter/webinars/web_2": 1, "/admin": 1} {
		page := b.get(path)
		wants(t, page, http.StatusOK, `href="/presenter/webinars/web_2/questions">1 question without an answer<span class="visually-hidden">: Four pillars`)
		if n := strings.Count(page.Body.String(), "web_2/questions"); n != times {
			t.Errorf("%s leads there %d times", path, n)
		}
	}
	wants(t, b.get("/presenter"), http.StatusOK, "3 questions without an answer")
	wants(t, b.get("/presenter/webinars/web_5"), http.StatusOK, `href="/presenter/webinars/web_5/questions">Questions</a>`)
	b.rehearses = true
	if page := b.get("/presenter/webinars/web_2"); strings.Contains(page.Body.String(), "web_2/questions") {
		t.Error("a rehearsal takes no questions, and leads to them")
	}
}
