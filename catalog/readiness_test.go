package catalog

import (
	"testing"
	"time"
)

// wellFacts are those of an event for which all is ready.
func wellFacts() ReadinessFacts {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	return ReadinessFacts{
		At: now, Presenters: 1, Enrolled: 2000, Playable: true, Newest: StateReady, KeyOpens: true, Captions: []Lang{"en", "ar"},
		MailRate: 20, WorkersSeen: 2, Connections: 40, MaxConnections: 100, DiskFree: 0.4,
	}
}

func TestAllIsReady(t *testing.T) {
	t.Parallel()
	r := wellFacts().Readiness()
	if r.Light != LightGreen || len(r.Checks) != 9 {
		t.Errorf("%+v", r)
	}
	for _, c := range r.Checks {
		if c.Sentence.Text == "" || c.Remedy.Text != "" {
			t.Errorf("%+v: green, with a sentence and no remedy", c)
		}
	}
}

func TestWhatIsNotReady(t *testing.T) {
	t.Parallel()
	now := wellFacts().At
	before, after := now.Add(-time.Hour), now.Add(time.Hour)
	for name, c := range map[string]struct {
		change func(*ReadinessFacts)
		check  string
		want   Light
	}{
		"nothing uploaded":                  {func(f *ReadinessFacts) { f.Playable, f.Newest = false, "" }, "recording", LightRed},
		"live later":                        {func(f *ReadinessFacts) { f.Playable, f.Newest, f.StartsAt = false, "", &after }, "recording", LightGreen},
		"live is over":                      {func(f *ReadinessFacts) { f.Playable, f.Newest, f.StartsAt = false, "", &before }, "recording", LightRed},
		"withdrawn":                         {func(f *ReadinessFacts) { f.Withdrawn = true }, "recording", LightRed},
		"failed":                            {func(f *ReadinessFacts) { f.Playable, f.Newest = false, StateFailed }, "recording", LightRed},
		"not published":                     {func(f *ReadinessFacts) { f.Playable = false }, "recording", LightRed},
		"on its way":                        {func(f *ReadinessFacts) { f.Playable, f.Newest = false, StateProcessing }, "recording", LightAmber},
		"being sent":                        {func(f *ReadinessFacts) { f.Playable, f.Newest = false, StateUploading }, "recording", LightAmber},
		"another master key":                {func(f *ReadinessFacts) { f.KeyOpens = false }, "key", LightRed},
		"no captions":                       {func(f *ReadinessFacts) { f.Captions = nil }, "captions", LightAmber},
		"closed":                            {func(f *ReadinessFacts) { f.ClosesAt = &before }, "window", LightRed},
		"opens late":                        {func(f *ReadinessFacts) { f.StartsAt, f.OpensAt = &before, &after }, "window", LightAmber},
		"opens later":                       {func(f *ReadinessFacts) { f.OpensAt = &after }, "window", LightGreen},
		"nobody invited":                    {func(f *ReadinessFacts) { f.Enrolled = 0 }, "people", LightAmber},
		"nobody presents":                   {func(f *ReadinessFacts) { f.Presenters = 0 }, "people", LightAmber},
		"mail stands":                       {func(f *ReadinessFacts) { f.MailWaiting, f.MailOldest = 9, 11*time.Minute }, "mail", LightRed},
		"mail is slow":                      {func(f *ReadinessFacts) { f.MailWaiting, f.MailOldest = 9, 2*time.Minute }, "mail", LightAmber},
		"mail is refused":                   {func(f *ReadinessFacts) { f.MailGivenUp = 101 }, "mail", LightAmber},
		"some mail is refused":              {func(f *ReadinessFacts) { f.MailGivenUp = 100 }, "mail", LightGreen},
		"mail takes long":                   {func(f *ReadinessFacts) { f.MailRate = 1 }, "mail", LightAmber},
		"mail takes long for all who come":  {func(f *ReadinessFacts) { f.MailRate, f.Expected = 3.5, 3000 }, "mail", LightAmber},
		"mail is refused to few of a crowd": {func(f *ReadinessFacts) { f.MailGivenUp, f.Expected = 101, 3000 }, "mail", LightGreen},
		"fewer are expected":                {func(f *ReadinessFacts) { f.MailRate, f.Expected = 3, 100 }, "mail", LightAmber},
		"mail is not limited":               {func(f *ReadinessFacts) { f.MailRate = 0 }, "mail", LightGreen},
		"nobody works":                      {func(f *ReadinessFacts) { f.WorkersSeen = 0 }, "workers", LightAmber},
		"nobody works on it":                {func(f *ReadinessFacts) { f.WorkersSeen, f.RecordingsAhead = 0, 1 }, "workers", LightRed},
		"a long queue":                      {func(f *ReadinessFacts) { f.RecordingsAhead = 11 }, "workers", LightAmber},
		"many connections":                  {func(f *ReadinessFacts) { f.Connections = 71 }, "database", LightAmber},
		"too many connections":              {func(f *ReadinessFacts) { f.Connections = 91 }, "database", LightRed},
		"the disk fills":                    {func(f *ReadinessFacts) { f.DiskFree = 0.09 }, "disk", LightAmber},
		"the disk is full":                  {func(f *ReadinessFacts) { f.DiskFree = 0.02 }, "disk", LightRed},
		"the disk is unknown":               {func(f *ReadinessFacts) { f.DiskFree = -1 }, "disk", LightAmber},
	} {
		f := wellFacts()
		c.change(&f)
		r := f.Readiness()
		for _, check := range r.Checks {
			want := LightGreen
			if check.Name == c.check {
				want = c.want
			}
			related := name == "nobody invited" || check.Name == "key" || check.Name == "captions" // follow from others
			if check.Light != want && (check.Name == c.check || !related) {
				t.Errorf("%s: %s is %s, want %s: %s", name, check.Name, check.Light, want, check.Sentence)
			}
			if (check.Light == LightGreen) != (check.Remedy.Text == "") {
				t.Errorf("%s: %+v needs a remedy exactly when it is not green", name, check)
			}
		}
		if r.Light != c.want {
			t.Errorf("%s: %s in all, want %s", name, r.Light, c.want)
		}
	}
}
