package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"rounds/catalog"
)

// MergeOrder asks that the account Source becomes part of Target. It cannot be
// undone.
type MergeOrder struct {
	Source, Target catalog.AccountID
	By             string // account or token
	Reason         string
}

// MergeOutcome is what a merge does, or has done, to what both have watched.
type MergeOutcome struct {
	Programs []MergeProgram `json:"programs"`
	// Overlap is for how long both accounts played at the same time: one person
	// on two devices, or two persons.
	Overlap time.Duration `json:"overlap"`
}

// MergeProgram is one program that either account takes part in.
type MergeProgram struct {
	ProgramID catalog.ProgramID `json:"program_id"`
	Title     string            `json:"title"`
	InSource  bool              `json:"in_source"`
	InTarget  bool              `json:"in_target"`
	Ended     bool              `json:"ended"` // an administrator has ended one of the two: it stays ended
	Webinars  []MergeWebinar    `json:"webinars"`
}

// MergeWebinar is one webinar that either account has anything of.
type MergeWebinar struct {
	WebinarID catalog.WebinarID `json:"webinar_id"`
	Title     string            `json:"title"`
	Source    MergeStanding     `json:"source"`
	Target    MergeStanding     `json:"target"`
	Union     MergeStanding     `json:"union"`
}

// MergeStanding is how far an account has come with a webinar.
type MergeStanding struct {
	WatchedMS int64   `json:"watched_ms"`
	Percent   float64 `json:"percent"` // of the recording
	Completed bool    `json:"completed"`
}

// MergePreview is what a merge would do. Digest stands for it: a merge is done
// only to what somebody has seen.
type MergePreview struct {
	Source, Target Person
	Outcome        MergeOutcome
	Digest         string
}

// DigestMerge names the outcome of a merge and what it was found from.
func DigestMerge(o MergeOrder, outcome MergeOutcome) string {
	text, err := json.Marshal(struct {
		Source, Target catalog.AccountID
		Outcome        MergeOutcome
	}{o.Source, o.Target, outcome})
	if err != nil {
		panic(err) // never: plain values
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Why two accounts are not merged.
var (
	// ErrMergeSelf: it is one account.
	ErrMergeSelf error = &catalog.FieldError{Field: "source_id", Code: "same_account", Message: "Please name another account: this one cannot become part of itself."}
	// ErrMergeStale: what the preview showed is not so any more.
	ErrMergeStale error = &catalog.ConflictError{Code: "preview_stale", Message: "Something has changed since the preview. Please look at it again."}
)
