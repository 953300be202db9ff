package catalog

import (
	"strings"
	"time"
)

// Light is how ready something is for an event.
type Light string

// The lights, the best first.
const (
	LightGreen Light = "green" // ready
	LightAmber Light = "amber" // works, but somebody should look
	LightRed   Light = "red"   // doctors will notice
)

// worse tells whether a light is worse than another.
func (l Light) worse(than Light) bool {
	rank := map[Light]int{LightGreen: 0, LightAmber: 1, LightRed: 2}
	return rank[l] > rank[than]
}

// ReadinessFacts is what is known before an event that many doctors will watch.
type ReadinessFacts struct {
	At         time.Time // now
	StartsAt   *time.Time
	OpensAt    *time.Time
	ClosesAt   *time.Time
	Presenters int
	Enrolled   int // doctors of the program
	Expected   int // doctors that are expected live; 0: as many as are enrolled
	// Of the webinar's current recording, and of the newest one.
	Playable, Withdrawn bool
	Newest              RecordingState // empty: there is none
	NewestFailure       string
	KeyOpens            bool // the content key can be opened with this installation's master key
	Captions            []Lang
	// Of the service.
	MailWaiting     int
	MailOldest      time.Duration
	MailGivenUp     int     // within a day
	MailRate        float64 // mails a second at most; 0: any number
	WorkersSeen     int     // within WorkerSeenWithin
	RecordingsAhead int     // that wait for a worker
	Connections     int     // to the database, of all clients
	MaxConnections  int
	DiskFree        float64 // share of the disk of the process that answers, 0 to 1; below 0: not known
}

// WorkerSeenWithin is how long ago a worker has said at last that it is there.
const WorkerSeenWithin = 25 * time.Minute

// ReadinessCheck is one light with its reason, and what to do unless it is green.
type ReadinessCheck struct {
	Name             string
	Sentence, Remedy Sentence
	Light            Light
}

// Readiness is all that should be looked at before an event.
type Readiness struct {
	Light  Light // the worst
	Checks []ReadinessCheck
}

// Readiness judges the facts.
func (f ReadinessFacts) Readiness() Readiness {
	r := Readiness{Light: LightGreen, Checks: []ReadinessCheck{
		f.recording(), f.key(), f.captions(), f.window(), f.people(), f.mail(), f.workers(), f.connections(), f.disk(),
	}}
	for _, c := range r.Checks {
		if c.Light.worse(r.Light) {
			r.Light = c.Light
		}
	}
	return r
}

func green(name, format string, args ...any) ReadinessCheck {
	return ReadinessCheck{Name: name, Light: LightGreen, Sentence: Say(format, args...)}
}

func not(light Light, name string, sentence Sentence, remedy string) ReadinessCheck {
	return ReadinessCheck{Name: name, Light: light, Sentence: sentence, Remedy: Say(remedy)}
}

func (f ReadinessFacts) live() bool { return f.StartsAt != nil && f.StartsAt.After(f.At) }

// crowd is how many doctors everything must be enough for: those who are enrolled
// get mail, those who register on the spot get codes.
func (f ReadinessFacts) crowd() int { return max(f.Enrolled, f.Expected) }

func (f ReadinessFacts) recording() ReadinessCheck {
	const name = "recording"
	switch {
	case f.Playable && !f.Withdrawn:
		return green(name, "The recording is ready and shown to doctors.")
	case f.Withdrawn:
		return not(LightRed, name, Say("The recording was withdrawn; doctors cannot play it."), "Publish it again, or upload another one.")
	case f.Newest == StateReady:
		return not(LightRed, name, Say("The recording is ready, but not published."), "Look at it on its page and publish it.")
	case f.Newest == StateFailed:
		return not(LightRed, name, Say("The recording failed: %s", Say(f.NewestFailure)), "Do what it says on the recording's page, or upload another file.")
	case f.Newest == StateUploading:
		return not(LightAmber, name, Say("The recording is being uploaded."), "Ask its presenter to let the upload finish.")
	case f.Newest != "":
		return not(LightAmber, name, Say("The recording is being made ready."), "Wait for it; its page tells how long it takes.")
	case f.live():
		return green(name, "This is a live session; there is no recording yet.")
	default:
		return not(LightRed, name, Say("There is no recording."), "Upload one, or send its presenter a link to upload it.")
	}
}

func (f ReadinessFacts) key() ReadinessCheck {
	switch {
	case !f.Playable:
		return green("key", "There is nothing to decrypt yet.")
	case f.KeyOpens:
		return green("key", "The key that players need can be opened.")
	default:
		return not(LightRed, "key", Say("The key of the recording cannot be opened with the master key of this installation."), "Put the master key back that was in use when the recording was made, or make the recording again.")
	}
}

func (f ReadinessFacts) captions() ReadinessCheck {
	if len(f.Captions) == 0 {
		if !f.Playable {
			return green("captions", "Captions can be added once there is a recording.")
		}
		return not(LightAmber, "captions", Say("There are no captions; deaf doctors are kept out, and search finds nothing that is said."), "Upload captions on the recording's page.")
	}
	tags := make([]string, len(f.Captions))
	for i, lang := range f.Captions {
		tags[i] = string(lang)
	}
	return green("captions", "There are captions: %s.", strings.Join(tags, ", "))
}

func (f ReadinessFacts) window() ReadinessCheck {
	switch {
	case f.ClosesAt != nil && !f.ClosesAt.After(f.At):
		return not(LightRed, "window", Say("Doctors do not see the webinar any more: it has closed."), "Change the time until which doctors see it.")
	case f.OpensAt != nil && f.StartsAt != nil && f.OpensAt.After(*f.StartsAt):
		return not(LightAmber, "window", Say("Doctors see the webinar only after it has begun."), "Let doctors see it from an earlier time on.")
	case f.OpensAt != nil && f.OpensAt.After(f.At):
		return green("window", "Doctors will see it when it opens.")
	default:
		return green("window", "Doctors see the webinar.")
	}
}

func (f ReadinessFacts) people() ReadinessCheck {
	switch {
	case f.Enrolled == 0:
		return not(LightAmber, "people", Say("No doctor takes part in the program yet."), "Invite doctors, import a list, or open registration at the event.")
	case f.Presenters == 0:
		return not(LightAmber, "people", Say("The webinar has no presenter."), "Name its presenters: they look after its recording.")
	case f.Expected > 0:
		return green("people", "%d doctors take part, %d are expected.", f.Enrolled, f.Expected)
	default:
		return green("people", "%d doctors take part.", f.Enrolled)
	}
}

// mail: a code that is late keeps a doctor out.
func (f ReadinessFacts) mail() ReadinessCheck {
	switch {
	case f.MailOldest > 10*time.Minute:
		return not(LightRed, "mail", Say("%d messages wait, the oldest for %d minutes: sign-in codes may be late.", f.MailWaiting, int(f.MailOldest.Minutes())), "Look at the messages page for what the mail server says.")
	case f.MailOldest > time.Minute:
		return not(LightAmber, "mail", Say("%d messages wait, the oldest for %d seconds.", f.MailWaiting, int(f.MailOldest.Seconds())), "Look again in some minutes; if it grows, look at the messages page.")
	case f.MailGivenUp > 0 && f.MailGivenUp*20 > f.crowd():
		return not(LightAmber, "mail", Say("%d messages of the last day were given up.", f.MailGivenUp), "Look at the messages page for their reasons.")
	case f.MailRate > 0 && float64(f.crowd())/f.MailRate > 600:
		return not(LightAmber, "mail", Say("At %g mails a second, a mail to all %d doctors takes %d minutes.", f.MailRate, f.crowd(), int(float64(f.crowd())/f.MailRate/60)), "Announce earlier, or raise ROUNDS_MAIL_RATE if your mail service allows more.")
	default:
		return green("mail", "Mail goes out: %d messages wait.", f.MailWaiting)
	}
}

func (f ReadinessFacts) workers() ReadinessCheck {
	waits := f.Newest == StateUploaded || f.Newest == StateProcessing
	switch {
	case f.WorkersSeen == 0 && (waits || f.RecordingsAhead > 0):
		return not(LightRed, "workers", Say("No worker has been heard of, and %d recordings wait.", f.RecordingsAhead), "Start workers: rounds work.")
	case f.WorkersSeen == 0:
		return not(LightAmber, "workers", Say("No worker has been heard of; nothing that is uploaded will be made ready."), "Start workers: rounds work.")
	case f.RecordingsAhead > 10:
		return not(LightAmber, "workers", Say("%d recordings wait for a worker.", f.RecordingsAhead), "Start more workers, or wait.")
	default:
		return green("workers", "Workers are there; %d recordings wait.", f.RecordingsAhead)
	}
}

func (f ReadinessFacts) connections() ReadinessCheck {
	share := 0.0
	if f.MaxConnections > 0 {
		share = float64(f.Connections) / float64(f.MaxConnections)
	}
	sentence := Say("%d of %d connections to the database are in use.", f.Connections, f.MaxConnections)
	const remedy = "Raise max_connections, or give each process a smaller pool (pool_max_conns in ROUNDS_DATABASE_URL)."
	switch {
	case share > 0.9:
		return not(LightRed, "database", sentence, remedy)
	case share > 0.7:
		return not(LightAmber, "database", sentence, remedy)
	default:
		return ReadinessCheck{Name: "database", Light: LightGreen, Sentence: sentence}
	}
}

func (f ReadinessFacts) disk() ReadinessCheck {
	sentence := Say("%.0f %% of the disk of this server are free.", f.DiskFree*100)
	switch {
	case f.DiskFree < 0:
		return not(LightAmber, "disk", Say("It is not known how full the disk of this server is."), "Look at it yourself.")
	case f.DiskFree < 0.03:
		return not(LightRed, "disk", sentence, "Make room, or give it a larger disk.")
	case f.DiskFree < 0.1:
		return not(LightAmber, "disk", sentence, "Make room, or give it a larger disk.")
	default:
		return ReadinessCheck{Name: "disk", Light: LightGreen, Sentence: sentence}
	}
}
