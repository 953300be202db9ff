package qoe_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rounds/playback/qoe"
)

const chromeOnWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"

func decode(t *testing.T, text string) []any {
	t.Helper()
	var raw []any
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestReadTakesWhatItKnows(t *testing.T) {
	t.Parallel()
	got := qoe.Read(decode(t, `[
		{"n":1,"at_s":0.5,"kind":"play","engine":"hls.js","network":"4g","link":"wifi","save_data":true,"device":"forged"},
		{"n":2,"at_s":1.25,"kind":"start","ms":750.4},
		{"n":3,"at_s":9,"kind":"rung","height":720},
		{"n":4,"at_s":10,"kind":"failure","error":"frag\u0000Load\u202eError 503"},
		{"n":5,"at_s":10,"kind":"stall"}
	]`), chromeOnWindows)
	want := []qoe.Event{
		{N: 1, Kind: qoe.Play, AtMS: 500, Detail: qoe.Detail{Engine: "hls.js", Network: "4g", Link: "wifi", SaveData: true, Device: "computer", Browser: "Chrome"}},
		{N: 2, Kind: qoe.Start, AtMS: 1250, Detail: qoe.Detail{MS: 750}},
		{N: 3, Kind: qoe.Rung, AtMS: 9000, Detail: qoe.Detail{Height: 720}},
		{N: 4, Kind: qoe.Failure, AtMS: 10_000, Detail: qoe.Detail{Error: "fragLoadError 503"}},
		{N: 5, Kind: qoe.Stall, AtMS: 10_000},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func TestReadPassesOverTheRest(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`[null, 1, "play", [], {}]`,
		`[{"n":1,"at_s":0,"kind":"dance"}]`,
		`[{"at_s":0,"kind":"play"}]`,
		`[{"n":0,"at_s":0,"kind":"play"}]`,
		`[{"n":1e300,"at_s":0,"kind":"play"}]`,
		`[{"n":1,"at_s":-1,"kind":"play"}]`,
		`[{"n":1,"at_s":1e9,"kind":"play"}]`,
		`[{"n":1,"at_s":0,"kind":"start"}]`,
		`[{"n":1,"at_s":0,"kind":"start","ms":"3"}]`,
		`[{"n":1,"at_s":0,"kind":"rung","height":0}]`,
	} {
		if got := qoe.Read(decode(t, text), ""); len(got) != 0 {
			t.Errorf("%s: %+v", text, got)
		}
	}
	many := decode(t, `[`+strings.TrimSuffix(strings.Repeat(`{"n":1,"at_s":0,"kind":"stall"},`, 1000), ",")+`]`)
	if got := qoe.Read(many, ""); len(got) != qoe.MaxEvents {
		t.Errorf("%d events of one beat", len(got))
	}
	long := qoe.Read(decode(t, `[{"n":1,"at_s":0,"kind":"failure","error":"`+strings.Repeat("ü", 5000)+`"}]`), "")
	if len(long) != 1 || len([]rune(long[0].Detail.Error)) != 120 {
		t.Errorf("a long error: %+v", long)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`[{"n":1,"at_s":0,"kind":"play"}]`, chromeOnWindows)
	f.Fuzz(func(_ *testing.T, text, userAgent string) {
		var raw []any
		_ = json.Unmarshal([]byte(text), &raw) // what is no JSON is nothing
		qoe.Read(raw, userAgent)
	})
}

var events = rapid.SliceOf(rapid.Custom(func(t *rapid.T) qoe.Event {
	return qoe.Event{
		Kind: rapid.SampledFrom([]qoe.Kind{qoe.Play, qoe.Start, qoe.Stall, qoe.StallEnd, qoe.Exit, qoe.Failure, qoe.Rung}).Draw(t, "kind"),
		AtMS: rapid.Int64Range(0, 5).Draw(t, "at"),
		Detail: qoe.Detail{
			MS: rapid.Int64Range(0, 3).Draw(t, "ms"), Height: rapid.IntRange(1, 3).Draw(t, "height"),
			Error: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "error"), Network: rapid.SampledFrom([]string{"", "3g", "4g"}).Draw(t, "network"),
		},
	}
}))

func TestTheOrderOfEventsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		some := events.Draw(t, "events")
		shuffled := rapid.Permutation(some).Draw(t, "shuffled")
		if a, b := fold(some), fold(shuffled); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

func fold(events []qoe.Event) (v qoe.View) {
	for _, e := range events {
		v = qoe.Fold(v, e)
	}
	return v
}

func TestViews(t *testing.T) {
	t.Parallel()
	played := []qoe.Event{
		{Kind: qoe.Play},
		{Kind: qoe.Exit, Detail: qoe.Detail{MS: 10}},
		{Kind: qoe.Start, Detail: qoe.Detail{MS: 900}},
		{Kind: qoe.Stall},
		{Kind: qoe.StallEnd, Detail: qoe.Detail{MS: 400}},
		{Kind: qoe.StallEnd, Detail: qoe.Detail{MS: 100}},
	}
	if v := fold(played); !v.Asked || *v.StartupMS != 900 || v.Stalls != 1 || v.StalledMS != 500 || v.Exited() || v.Failed() {
		t.Errorf("looked away while it started: %+v", v)
	}
	if v := fold([]qoe.Event{{Kind: qoe.Play}, {Kind: qoe.Exit, Detail: qoe.Detail{MS: 8000}}}); !v.Exited() {
		t.Errorf("left: %+v", v)
	}
	if v := fold([]qoe.Event{
		{Kind: qoe.Failure, AtMS: 9, Detail: qoe.Detail{Error: "last"}}, {Kind: qoe.Failure, AtMS: 3, Detail: qoe.Detail{Error: "first"}},
	}); !v.Failed() || v.LastError != "last" || !v.Asked {
		t.Errorf("failed: %+v", v)
	}
	told := qoe.Read(decode(t, `[{"n":2,"at_s":4,"kind":"report","error":"fragLoadError 503"}]`), "")
	if v := fold(append(told, qoe.Event{Kind: qoe.Failure, AtMS: 3000, Detail: qoe.Detail{Error: "fragLoadError 503"}})); v.LastError != "reported: fragLoadError 503" {
		t.Errorf("reported: %+v", v)
	}
	if v := fold([]qoe.Event{
		{Kind: qoe.Rung, AtMS: 2, Detail: qoe.Detail{Height: 720}}, {Kind: qoe.Rung, AtMS: 1, Detail: qoe.Detail{Height: 360}},
	}); v.Asked || v.Rungs[0].Height != 360 {
		t.Errorf("only looked: %+v", v)
	}
}

func TestRebufferRatio(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f    qoe.Figures
		want float64
	}{{qoe.Figures{}, 0}, {qoe.Figures{PlayedMS: 99_000, StalledMS: 1000}, 0.01}, {qoe.Figures{StalledMS: 1000}, 1}} {
		if got := c.f.RebufferRatio(); got != c.want {
			t.Errorf("%+v: %g, want %g", c.f, got, c.want)
		}
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	for userAgent, want := range map[string][2]string{
		chromeOnWindows: {"computer", "Chrome"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1": {"phone", "Safari"},
		"Mozilla/5.0 (iPad; CPU OS 12_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1":                       {"tablet", "Safari"},
		"Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36":                          {"tablet", "Chrome"},
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36 EdgA/130":          {"phone", "Edge"},
		"curl/8.5": {"", ""},
	} {
		if got := [2]string{qoe.Device(userAgent), qoe.Browser(userAgent)}; got != want {
			t.Errorf("%s: %v, want %v", userAgent, got, want)
		}
	}
}
