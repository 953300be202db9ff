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
	RefusedMS  int64  // all ranges ever refused
}

// Outcome is what became of one beat. AcceptedMS and RefusedMS add up to the
// length of its ranges inside the recording; both are 0 for a repeated beat.
type Outcome struct {
	Repeated   bool // the sequence number was counted before: nothing changed
	Newest     bool // no higher sequence number was counted: its position holds
	AcceptedMS int64
	RefusedMS  int64
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
	} else {
		out.Fresh = nil
	}
	again := claimed.Total() - unseen.Total()
	out.AcceptedMS = out.Fresh.Total() + again
	out.RefusedMS = claimed.Total() - out.AcceptedMS

	a.Clock.SpentMS += out.Fresh.Total()
	a.Clock.SpentMS += min(again, max(0, a.Clock.Budget(now)))
	a.AcceptedMS += out.AcceptedMS
	a.RefusedMS += out.RefusedMS
	return a, out
}

func remember(seqs Ranges, seq int64) Ranges {
	seqs = seqs.Union(NewRanges(Range{seq, seq + 1}))
	if len(seqs) > maxSeqPieces {
		seqs = seqs.Union(NewRanges(Range{seqs[0].From, seqs[1].To}))
	}
	return seqs
}
