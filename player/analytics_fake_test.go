package player

import "context"

// Analytics knows one webinar that many watched, one that nobody has, and one
// without a recording.
func (f *fake) Analytics(_ context.Context, id string) (Analytics, error) {
	switch {
	case f.failure != nil:
		return Analytics{}, f.failure
	case id == "web_5":
		return Analytics{WebinarID: id, Title: "Questions from practice"}, nil
	case id == "web_4":
		return Analytics{WebinarID: id, Title: "Devices", Ready: true, DurationS: 1200, Least: 5, Enrolled: 840}, nil
	case id != "web_2":
		return Analytics{}, ErrNotFound
	}
	a := Analytics{
		WebinarID: id, Title: "Four pillars: who gets what, and when", Ready: true, DurationS: 3011, Least: 5, AsOf: liveAt,
		Enrolled: 840, Started: 390, Finished: 270, Completed: 251, LiveReplay: 41,
		Live: WatchedBy{Doctors: 180, Mean: value(71.4)}, Replay: WatchedBy{Doctors: 251, Mean: value(58.9)}, All: WatchedBy{Doctors: 390, Mean: value(66.2)},
		Chapters:  []KeptChapter{{0, "", value(381.0), 1}, {310, "=Who needs a beta blocker?", value(342.0), 14}, {1240, "Titration in the first months", value(290.0), 1}, {2900, "Questions", nil, 0}},
		Countries: []FiguresLine{{"PT", value(410), value(200), value(140)}, {"EG", value(301), value(120), nil}, {"DE", nil, nil, nil}, {"NG", nil, nil, nil}},
		Devices:   []FiguresLine{{"Windows", value(140), value(90), nil}, {"iPhone", value(80), value(31), nil}, {"", nil, nil, nil}},
		Reports:   []ReportedMinute{{120, 2}, {1980, 1}},
		Asked:     17, Unanswered: 3, Questions: []AskedAt{{40, 1}, {400, 2}, {410.4, 12}, {1930, 1}},
	}
	for at := range 3011 {
		live, replay := 170-at/25-at/900*12, 230-at/30+(at/300%3)*9
		if at > 2900 {
			live = 4
		}
		a.All.Seconds = append(a.All.Seconds, value(live+replay-20))
		if live < a.Least {
			a.Live.Seconds, a.Replay.Seconds = append(a.Live.Seconds, nil), append(a.Replay.Seconds, nil)
			continue
		}
		a.Live.Seconds, a.Replay.Seconds = append(a.Live.Seconds, &live), append(a.Replay.Seconds, &replay)
	}
	return a, nil
}

func value[T any](v T) *T { return &v }
