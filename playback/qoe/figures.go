package qoe

// Figures are the five figures of many views: how many, how fast they started,
// how much of the time the picture stood, how many left before the start, how
// many failed.
type Figures struct {
	Views        int
	StartupP50MS *int64 // nil when none has started
	StartupP95MS *int64
	StalledMS    int64
	PlayedMS     int64 // of recordings, in all these views
	Exits        int   // before the start
	Failures     int   // views whose doctor was told that play could not go on
}

// RebufferRatio is the share of the time spent watching in which the picture
// stood although nobody had stopped it; 0 when nothing was played.
func (f Figures) RebufferRatio() float64 {
	if f.PlayedMS+f.StalledMS <= 0 {
		return 0
	}
	return float64(f.StalledMS) / float64(f.PlayedMS+f.StalledMS)
}

// Group are the figures of those views that have something in common.
type Group struct {
	Name string // empty: not known
	Figures
}

// Quality is how well a webinar or a whole program was played.
type Quality struct {
	All     Figures
	Country []Group // of the account; most views first
	Network []Group
	Device  []Group
	Browser []Group
	Engine  []Group // what plays: hls.js, native, …
	Errors  []Error // the last ones of views that failed; most views first
}

// Error is what failed views told last.
type Error struct {
	Text  string
	Views int
}
