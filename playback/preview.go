package playback

import "rounds/catalog"

// ChangeKind tells what a proposed rule or exclusion would do to where a doctor
// stands with a webinar. The values are part of the API.
type ChangeKind string

// What a proposal may do.
const (
	Completes ChangeKind = "completes" // open now, would be completed
	Reopens   ChangeKind = "reopens"   // shown as completed, not recorded yet, would be open
	Keeps     ChangeKind = "keeps"     // recorded, does not reach the proposal, and keeps its credit
)

// Compare tells what would change between two cases of the same doctor and
// webinar; empty when nothing would.
func Compare(before, after Case) ChangeKind {
	was, is := Completed(Judge(before)), Completed(Judge(after))
	switch {
	case !was && is:
		return Completes
	case was && !is:
		return Reopens
	case after.Done != nil && after.Waiver == nil && !after.reached():
		return Keeps
	default:
		return ""
	}
}

// Proposal is a rule or a set of exclusions to be tried. What is nil stays.
type Proposal struct {
	Rule     *catalog.Rule
	Excluded []Excluded
	Webinar  catalog.WebinarID // whose exclusions are tried; empty: none
}

// Of is the case under the proposal.
func (p Proposal) Of(webinar catalog.WebinarID, c Case) Case {
	if p.Rule != nil {
		c.Rule = *p.Rule
	}
	if p.Webinar != "" && p.Webinar == webinar {
		c.Excluded = ExcludedRanges(p.Excluded)
	}
	return c
}

// Change is one line of a preview.
type Change struct {
	AccountID     catalog.AccountID
	Name, Email   string
	WebinarID     catalog.WebinarID
	Kind          ChangeKind
	Before, After Requirement
}

// Preview is what a proposal would do.
type Preview struct {
	RuleVersion                        int // in force now
	Standings                          int // of a doctor with a webinar that were looked at
	Completes, Reopens, Keeps          int
	ProgramsCompleted, WouldBeComplete int // doctors who have completed all webinars: now, and under the proposal
	Changes                            catalog.Page[Change]
}

// Count adds one standing to the totals.
func (p *Preview) Count(kind ChangeKind) {
	p.Standings++
	switch kind {
	case Completes:
		p.Completes++
	case Reopens:
		p.Reopens++
	case Keeps:
		p.Keeps++
	}
}
