package player

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnalyticsPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	page := b.get("/presenter/webinars/web_2/analytics")
	wants(t, page, http.StatusOK, "390", "270 <small>69 %", "chart-live", "Titration in the first months", "Portugal", "Egypt", "not shown", "66 %", "33:00", "2 doctors", "41 doctors were there live",
		"17 questions were asked. 3 have no answer yet.", `href="/presenter/webinars/web_2/questions"`, `class="chart-asked" x="12.5%"`, `y="4.5">14</text>`, "Questions, with how many",
		`<path class="chart-mark" d="M12 2V26"/><text class="chart-number" x="15" y="13">2</text></svg> Chapters begin`)
	if n := strings.Count(page.Body.String(), `class="chart-asked" x=`); n != 3 {
		t.Errorf("%d marks of questions", n)
	}
	if strings.Contains(page.Body.String(), "style=") || strings.Contains(page.Body.String(), "<script") && strings.Contains(page.Body.String(), "analytics.js") {
		t.Error("the chart needs style or script of its own")
	}
	wants(t, b.get("/presenter/webinars/web_4/analytics"), http.StatusOK, "Nobody has watched yet", "840 doctors are enrolled", "Nobody has asked anything.")
	wants(t, b.get("/presenter/webinars/web_5/analytics"), http.StatusOK, "No recording is shown")
	wants(t, b.get("/presenter/webinars/web_9/analytics"), http.StatusNotFound)
	wants(t, b.get("/presenter/webinars/web_2"), http.StatusOK, `href="/presenter/webinars/web_2/analytics"`)
}

func TestAnalyticsAsCSV(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.get("/presenter/webinars/web_2/analytics.csv")
	wants(t, w, http.StatusOK, "Second,Time,Live or afterwards,In the live session,Afterwards,Chapter,Questions\n", "\n0,0:00,380,170,230,,0\n", "\n310,5:10,", ",'=Who needs a beta blocker?,0\n",
		"\n410,6:50,360,154,226,'=Who needs a beta blocker?,12\n", "\n2950,49:10,116,,,Questions,0\n")
	if lines := strings.Count(w.Body.String(), "\n"); lines != 3012 {
		t.Errorf("%d lines", lines)
	}
	if w.Header().Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("head %v", w.Header())
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	counts := []*int{value(8), value(8), value(6), nil, value(10)}
	c := newChart(Analytics{DurationS: 5, All: WatchedBy{Seconds: counts}, Chapters: []KeptChapter{{StartS: 0}, {StartS: 0.1}, {StartS: 2.5}}})
	if c.Most != 10 || c.All != "M0.0 40.0H400.0V80.0H600.0M800.0 0.0H1000.0" {
		t.Errorf("most %d, path %s", c.Most, c.All)
	}
	if c.Area != "M0.0 200V40.0H400.0V80.0H600.0V200ZM800.0 200V0.0H1000.0V200Z" {
		t.Errorf("area %s", c.Area)
	}
	if len(c.Marks) != 3 || c.Marks[0].Number != 1 || c.Marks[1].Number != 0 || c.Marks[2] != (chartMark{"50.00", 3}) {
		t.Errorf("marks %+v", c.Marks)
	}
	if empty := newChart(Analytics{}); empty.All != "" {
		t.Errorf("of nothing %+v", empty)
	}
	for n, want := range map[int]int{0: 10, 10: 10, 11: 20, 39: 40, 41: 100, 13000: 20000} {
		if got := roundUp(n); got != want {
			t.Errorf("%d is rounded to %d, want %d", n, got, want)
		}
	}
	long := make([]*int, 43_200)
	for i := range long {
		long[i] = value(i % 5000)
	}
	if c := newChart(Analytics{DurationS: 43_200, All: WatchedBy{Seconds: long}}); len(c.All) > 20_000 {
		t.Errorf("a path of %d bytes", len(c.All))
	}
}

func TestRowsOfTheTableAreMeansOfWhatIsTold(t *testing.T) {
	t.Parallel()
	a := Analytics{}
	for at := range 500 {
		a.All.Seconds = append(a.All.Seconds, value(at))
	}
	a.All.Seconds[35] = nil
	rows := watchedRows(a)
	if len(rows) != 17 || *rows[0].All != 15 || rows[1].All != nil || rows[1].FromS != 30 || *rows[16].All != 490 || rows[0].Live != nil {
		t.Errorf("%d rows, %+v", len(rows), rows)
	}
}
