package playback

import "time"

// MaxPieces bounds the pieces of one session's coverage. Somebody watching
// makes a few dozen; the bound keeps a forged stream of beats that claims every
// other millisecond from filling the database.
const MaxPieces = 2000

// maxSeqPieces bounds the holes that are remembered in a session's sequence
// numbers. Beyond it the oldest holes count as seen: their beats were
// cumulative, so later ones carried their ranges.
const maxSeqPieces = 64

// Beat is one heartbeat of a player.
type Beat struct {
	Seq        int64  // from 1, chosen by the player, a new one for every new content
	PositionMS int64  // where the picture stands
	Speed      int64  // percent; what the player says
	Watched    Ranges // everything watched since the last acknowledged beat
}

// Account is what the server keeps of a playback session to judge its beats.
type Account struct {
	Clock      Clock
	SpeedLimit int64  // percent, of the program's rule when the session was opened
	Seqs       Ranges // the sequence numbers that were counted
	Covered    Ranges // what this session was credited
	AcceptedMS int64  // all ranges ever accepted, re-watched ones included
	Refused    Refused
}

// Refused is what was claimed and not accepted, in milliseconds, by reason.
type Refused struct {
	LateMS  int64 // for time after the session had ended: another device had taken over, or the recording was withdrawn
	FastMS  int64 // played faster than the rule allows
	ClockMS int64 // more than anybody can watch in the time: parts that were skipped, or two players under one session
}

// Total is all that was refused.
func (r Refused) Total() int64 { return r.LateMS + r.FastMS + r.ClockMS }

// Plus adds both up.
func (r Refused) Plus(o Refused) Refused {
	return Refused{LateMS: r.LateMS + o.LateMS, FastMS: r.FastMS + o.FastMS, ClockMS: r.ClockMS + o.ClockMS}
}

// Outcome is what became of one beat. AcceptedMS and Refused add up to the
// length of its ranges inside the recording; both are 0 for a repeated beat.
type Outcome struct {
	Repeated   bool // the sequence number was counted before: nothing changed
	Newest     bool // no higher sequence number was counted: its position holds
	AcceptedMS int64
	Refused    Refused
	Fresh      Ranges // newly covered by this session
}

// Apply counts one beat of a session at the server's time now, on a recording
// of the given length. It changes nothing but what it returns.
//
// A sequence number counts once. Ranges new to the session are accepted from
// the earliest on, as far as the clock allows. Ranges the session had already
// are accepted too: they credit nothing, yet watching them took time, so they
// spend what the clock has brought (never the slack, so that a beat that is
// sent again because its answer was lost costs an honest viewer nothing).
func Apply(a Account, b Beat, durationMS int64, now time.Time) (Account, Outcome) {
	if a.Seqs.Contains(b.Seq) {
		return a, Outcome{Repeated: true}
	}
	out := Outcome{Newest: len(a.Seqs) == 0 || b.Seq >= a.Seqs[len(a.Seqs)-1].To}
	a.Seqs = remember(a.Seqs, b.Seq)
	a.Clock.Speed = max(a.Clock.Speed, Speed(b.Speed, a.SpeedLimit))

	claimed := b.Watched.Clip(0, durationMS)
	unseen := claimed.Subtract(a.Covered)
	out.Fresh = unseen.First(a.Clock.Allowance(now))
	if grown := a.Covered.Union(out.Fresh); len(grown) <= MaxPieces {
		a.Covered = grown
		out.Refused = refusals(a.Clock, b.Speed, unseen.Total(), out.Fresh.Total(), now)
	} else {
		out.Fresh, out.Refused = nil, Refused{ClockMS: unseen.Total()}
	}
	again := claimed.Total() - unseen.Total()
	out.AcceptedMS = out.Fresh.Total() + again

	a.Clock.SpentMS += out.Fresh.Total()
	a.Clock.SpentMS += min(again, max(0, a.Clock.Budget(now)))
	a.AcceptedMS += out.AcceptedMS
	a.Refused = a.Refused.Plus(out.Refused)
	return a, out
}

// refusals finds why fresh of unseen milliseconds were accepted and no more:
// what a session that had not ended would have got is late, what more the told
// speed would have given is too fast, and no clock gives the rest.
func refusals(c Clock, told, unseen, fresh int64, now time.Time) Refused {
	running := c
	running.EndedAt = time.Time{}
	late := max(fresh, min(unseen, running.Allowance(now)))
	running.Speed = max(c.Speed, min(told, fastestTold))
	fast := max(late, min(unseen, running.Allowance(now)))
	return Refused{LateMS: late - fresh, FastMS: fast - late, ClockMS: unseen - fast}
}

// fastestTold bounds what a player may say of its speed: no browser plays faster than 16×.
const fastestTold = 16 * NormalSpeed

func remember(seqs Ranges, seq int64) Ranges {
	seqs = seqs.Union(NewRanges(Range{seq, seq + 1}))
	if len(seqs) > maxSeqPieces {
		seqs = seqs.Union(NewRanges(Range{seqs[0].From, seqs[1].To}))
	}
	return seqs
}
