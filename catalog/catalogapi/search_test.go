package catalogapi_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

// speak gives a webinar a recording that plays, with captions.
func (b *testBundle) speak(webinar, lang, webvtt string) {
	b.t.Helper()
	id := catalog.NewRecordingID()
	b.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, published_at) values ($1, $2, 'x', 1, 1, 'ready', now())`, id, webinar)
	b.exec(`update webinars set current_recording_id = $2 where id = $1`, webinar, id)
	b.exec(`insert into captions (recording_id, lang, webvtt, cues, ends_ms) values ($1, $2, $3, 1, 1)`, id, lang, webvtt)
}

const talk = `WEBVTT

00:00:01.000 --> 00:00:04.000
Welcome to the talk

00:01:33.500 --> 00:01:36.000 align:start
<v Ana>and this is why beta

00:01:36.000 --> 00:01:38.000
blockers &amp; friends are started low

01:00:00.000 --> 01:00:02.000
Näheres über Vorhofflimmern
`

func (c *client) search(words string) (found []string, all answer) {
	c.b.t.Helper()
	all = c.want(200, "GET", "/v1/search?q="+url.QueryEscape(words), nil)
	for _, item := range all.items() {
		hit := item.(object)
		found = append(found, fmt.Sprint(hit["kind"], " ", hit["title"], " by ", hit["found_by"]))
	}
	return found, all
}

func TestSearchFindsTitlesPresentersAndWhatIsSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program() // program Cardiology, course Arrhythmia, webinar Fibrillation by Dr P
	b.speak(p.webinar, "en", talk)
	b.exec(`update accounts set name = 'Dr. Zoë Müller-Strauß' where email = $1`, p.presenterEmail)
	for words, want := range map[string][]string{
		"cardio":             {"program Cardiology by title"},
		"ARRHYTHMIA":         {"course Arrhythmia by title"},
		"fibrill":            {"webinar Fibrillation by title"},
		"zoe muller strauss": {"webinar Fibrillation by presenter"},
		"beta blocker":       {"webinar Fibrillation by captions"},
		"naheres vorhof":     {"webinar Fibrillation by captions"},
		"welcome friends":    {"webinar Fibrillation by captions"},
		"Ana":                nil, // who speaks is no word that is said
		"ib":                 nil, // short words are whole words
		"diabetes":           nil,
		"'); --&|!:*<>":      nil,
	} {
		if found, _ := b.admin.search(words); !slices.Equal(found, want) {
			t.Errorf("%q found %q, want %q", words, found, want)
		}
	}
	_, said := b.admin.search("beta blocker")
	moments := said.items()[0].(object)["moments"].([]any)
	if first := moments[0].(object); first["at_s"] != 93.5 || first["lang"] != "en" {
		t.Errorf("said at %v", moments)
	}
	_, said = b.admin.search("friends")
	if first := said.items()[0].(object)["moments"].([]any); len(first) != 1 || !strings.Contains(fmt.Sprint(first), "blockers & friends") {
		t.Errorf("said at %v", first)
	}
	b.admin.refused(422, "required", "GET", "/v1/search", nil)
	b.admin.refused(422, "required", "GET", "/v1/search?q=%20", nil)
	b.exec(`update captions set deleted_at = now(), webvtt = ''`)
	if found, _ := b.admin.search("welcome"); found != nil {
		t.Errorf("removed captions found %q", found)
	}
}

// TestSearchFindsOnlyWhatMayBeSeen: other programs, webinars that are not open,
// that wait for another course or were withdrawn are not there.
func TestSearchFindsOnlyWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.program(), b.program()
	b.speak(mine.webinar, "en", talk)
	b.speak(other.webinar, "en", talk)
	doctor, presenter := b.doctor(mine.id, ana), b.signIn(mine.presenterEmail)
	count := func(c *client, words string, want int) {
		t.Helper()
		if found, _ := c.search(words); len(found) != want {
			t.Errorf("%q: %q, want %d", words, found, want)
		}
	}
	for words, all := range map[string]int{"cardiology": 2, "arrhythmia": 2, "fibrillation": 2, "welcome": 2} {
		count(b.admin, words, all)
		count(doctor, words, 1)
		count(presenter, words, 1)
	}
	path := "/v1/webinars/" + mine.webinar
	b.admin.want(200, "PATCH", path, object{"opens_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
	count(doctor, "welcome", 0)
	count(presenter, "welcome", 1)
	b.admin.want(200, "PATCH", path, object{"opens_at": nil})
	count(doctor, "welcome", 1)
	first := b.admin.want(201, "POST", "/v1/programs/"+mine.id+"/courses", object{"title": "Basics"}).str("id")
	b.admin.want(201, "POST", "/v1/courses/"+first+"/webinars", object{"title": "Anatomy"})
	b.admin.want(200, "PATCH", "/v1/courses/"+mine.course, object{"prerequisite_ids": []string{first}})
	count(doctor, "fibrillation", 0)
	count(presenter, "fibrillation", 1)
	b.admin.want(200, "PATCH", "/v1/courses/"+mine.course, object{"prerequisite_ids": []string{}})
	b.exec(`update recordings set withdrawn_at = now()`)
	count(doctor, "welcome", 0)
}

func TestSearchComesInPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	want := []string{}
	for i := range 5 {
		title := fmt.Sprint("Valve ", i)
		b.admin.want(201, "POST", "/v1/courses/"+p.course+"/webinars", object{"title": title})
		want = append(want, title)
	}
	b.speak(p.webinar, "en", strings.ReplaceAll(talk, "talk", "valve"))
	want = append(want, "Fibrillation")
	var got []string
	for path := "/v1/search?q=valve&limit=2"; path != ""; {
		page := b.admin.want(200, "GET", path, nil)
		got = append(got, titlesOf(page)...)
		cursor, more := page.body["next_cursor"].(string)
		if path = ""; more {
			path = "/v1/search?q=valve&limit=2&cursor=" + cursor
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
}

func TestWebinarsAreFiltered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, other := b.program(), b.program()
	b.speak(p.webinar, "en", talk)
	b.admin.want(200, "PATCH", "/v1/webinars/"+other.webinar, object{"starts_at": "2026-03-01T10:00:00Z"})
	presenter := b.admin.want(200, "GET", "/v1/webinars/"+p.webinar, nil).body["presenter_ids"].([]any)[0].(string)
	for query, want := range map[string]string{
		"": p.webinar + other.webinar, "program_id=" + p.id: p.webinar, "presenter_id=" + presenter: p.webinar,
		"starts_from=2026-03-01T10:00:00Z": other.webinar, "starts_before=2026-03-01T10:00:00Z": "", "playable=true": p.webinar, "playable=false": other.webinar,
		"program_id=" + p.id + "&playable=false": "",
	} {
		got := ""
		for _, item := range b.admin.want(200, "GET", "/v1/webinars?"+query, nil).items() {
			got += item.(object)["id"].(string)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if n := len(b.doctor(p.id, ana).want(200, "GET", "/v1/webinars", nil).items()); n != 1 {
		t.Errorf("doctor finds %d", n)
	}
}
