package identity

import (
	"time"

	"rounds/catalog"
)

// PurposeSponsor is that the sponsors of a program learn who takes part: name,
// country and speciality. Without it they learn numbers only.
const PurposeSponsor = "sponsor_sharing"

// PurposeRecord is that what a person watches is recorded second by second, and
// shown to those who credit it. Without it there is nothing to take part in: it
// is withdrawn by asking for erasure.
const PurposeRecord = "participation_record"

// ConsentText is what a person is asked, in its present wording.
type ConsentText struct {
	Purpose     string
	TextVersion string
	Required    bool // of everybody who registers through the pages
}

// ConsentTexts are what everybody is asked who registers. What is not required
// can be decided about at any time.
func ConsentTexts() []ConsentText {
	return []ConsentText{{PurposeRecord, "2026-11", true}, {PurposeSponsor, "2026-11", false}}
}

// RecordedConsent is a decision as it stands on record.
type RecordedConsent struct {
	Consent
	At time.Time
	By string // who recorded it; empty: the person herself
}

// Clean checks and tidies a decision. The error is a *catalog.FieldError.
func (c Consent) Clean() (Consent, error) {
	var err error
	if c.Purpose, err = catalog.CleanLine("purpose", c.Purpose, 100, true); err == nil {
		c.TextVersion, err = catalog.CleanLine("text_version", c.TextVersion, 100, true)
	}
	return c, err
}

// Contact is somebody who lets sponsors know her.
type Contact struct {
	AccountID   catalog.AccountID
	Name        string
	Country     string
	Speciality  string
	TextVersion string // of what she has agreed to
	At          time.Time
}
