package playback

import (
	"fmt"
)

// Brought tells what a session brought, without clock times: for whoever helps
// a doctor, beside the time in two zones.
func (s SessionAccount) Brought(durationMS int64) string {
	text := "nothing was counted"
	if len(s.Watched) > 0 {
		text = fmt.Sprintf("%s were counted, %.0f %% of it (%s)", WordTime(s.Watched.Total()), Percent(s.Watched.Clip(0, durationMS).Total(), durationMS), WordRanges(s.Watched))
	}
	if s.TakenOver {
		text += "; then another device took over"
	}
	for _, r := range s.Refusals() {
		text += fmt.Sprintf("; %s were not counted: %s", WordTime(r.MS), s.because(r))
	}
	return text
}

func (s SessionAccount) because(r Refusal) string {
	switch r.Reason {
	case RefusedTakenOver:
		return "play had begun on another device"
	case RefusedWithdrawn:
		return "the recording had been withdrawn"
	case RefusedTooFast:
		return fmt.Sprintf("faster than %g×, which is the most that counts", float64(s.SpeedLimit)/NormalSpeed)
	default:
		return "more than can be watched in the time"
	}
}
