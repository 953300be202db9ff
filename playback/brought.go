package playback

import "rounds/catalog"

// Brought tells what a session brought, without clock times: for whoever helps
// a doctor, beside the time in two zones.
func (s SessionAccount) Brought(durationMS int64) catalog.Sentence {
	said := catalog.Say("nothing was counted")
	if len(s.Watched) > 0 {
		said = catalog.Say("%s were counted, %.0f %% of it (%s)", wordTime(s.Watched.Total()), Percent(s.Watched.Clip(0, durationMS).Total(), durationMS), wordRanges(s.Watched))
	}
	if s.TakenOver {
		said = catalog.Say("%s; then another device took over", said)
	}
	for _, r := range s.Refusals() {
		said = catalog.Say("%s; %s were not counted: %s", said, wordTime(r.MS), s.because(r))
	}
	return said
}

func (s SessionAccount) because(r Refusal) catalog.Sentence {
	switch r.Reason {
	case RefusedTakenOver:
		return catalog.Say("play had begun on another device")
	case RefusedWithdrawn:
		return catalog.Say("the recording had been withdrawn")
	case RefusedTooFast:
		return catalog.Say("faster than %g×, which is the most that counts", float64(s.SpeedLimit)/NormalSpeed)
	default:
		return catalog.Say("more than can be watched in the time")
	}
}

// Stayed tells how long a stay in a live session was, and whether it still counts.
func Stayed(ms int64, retracted bool) catalog.Sentence {
	if retracted {
		return catalog.Say("%s, which was taken back", wordTime(ms))
	}
	return wordTime(ms)
}
