package identity

import (
	"slices"
	"strings"
	"time"

	"rounds/catalog"
)

// Moment is something that happened to a person, for whoever helps her. Fields
// that a kind does not need are empty.
type Moment struct {
	At      time.Time
	Kind    MomentKind
	Title   string           // of the program or webinar
	Address string           // e-mail
	Device  string           // in words: "Chrome on Windows"
	By      string           // who did it; empty: she herself
	Token   bool             // By is the name of an API token
	Reason  string           // why, as it was given
	Percent float64          // of the recording
	Detail  catalog.Sentence // more of it, as words that end a sentence
}

// MomentKind says what happened. The values are part of the API.
type MomentKind string

// What can happen.
const (
	MomentInvited       MomentKind = "invited"
	MomentRegistered    MomentKind = "registered"
	MomentEnrolled      MomentKind = "enrolled"
	MomentConsent       MomentKind = "consent"
	MomentCodeAsked     MomentKind = "code_asked"
	MomentCodeWrong     MomentKind = "code_wrong"
	MomentCodeReadOut   MomentKind = "code_read_out"
	MomentMessageSent   MomentKind = "message_sent"
	MomentMessageFailed MomentKind = "message_failed"
	MomentBounced       MomentKind = "bounced"
	MomentSignedIn      MomentKind = "signed_in"
	MomentPlayed        MomentKind = "play_started"
	MomentWatched       MomentKind = "watched"
	MomentLive          MomentKind = "live"
	MomentCompleted     MomentKind = "completed"
	MomentWaived        MomentKind = "waived"
	MomentCertificate   MomentKind = "certificate_issued"
	MomentBlocked       MomentKind = "blocked"
	MomentUnblocked     MomentKind = "unblocked"
	MomentCorrected     MomentKind = "corrected"
	MomentMerged        MomentKind = "merged"
	MomentErasure       MomentKind = "erasure"
)

// MomentKinds are all there are.
func MomentKinds() []MomentKind {
	return []MomentKind{
		MomentInvited, MomentRegistered, MomentEnrolled, MomentConsent, MomentCodeAsked, MomentCodeWrong, MomentCodeReadOut,
		MomentMessageSent, MomentMessageFailed, MomentBounced, MomentSignedIn, MomentPlayed, MomentWatched, MomentLive,
		MomentCompleted, MomentWaived, MomentCertificate, MomentBlocked, MomentUnblocked, MomentCorrected, MomentMerged, MomentErasure,
	}
}

// Trouble tells whether the moment may be why she asks for help.
func (k MomentKind) Trouble() bool {
	return slices.Contains([]MomentKind{MomentCodeWrong, MomentMessageFailed, MomentBounced, MomentBlocked}, k)
}

// Sentence tells the moment in words. The time stands beside it.
func (m Moment) Sentence() catalog.Sentence {
	said := m.words()
	if m.Detail.Text != "" {
		said = catalog.Say("%s: %s", said, m.Detail)
	}
	if m.By != "" {
		said = catalog.Say("%s, by %s", said, m.by())
	}
	if m.Reason != "" {
		said = catalog.Say("%s (%s)", said, strings.TrimSuffix(m.Reason, "."))
	}
	return catalog.Say("%s.", said)
}

func (m Moment) by() catalog.Sentence {
	if m.Token {
		return catalog.Say("the token %s", m.By)
	}
	return catalog.Say("%s", m.By)
}

func (m Moment) words() catalog.Sentence {
	switch m.Kind {
	case MomentInvited:
		return either(m.Address, catalog.Say("Invited to “%s”", m.Title), catalog.Say("Invited to “%s” as %s", m.Title, m.Address))
	case MomentRegistered:
		return either(m.Address, catalog.Say("Registered"), catalog.Say("Registered as %s", m.Address))
	case MomentEnrolled:
		return catalog.Say("Enrolled in “%s”", m.Title)
	case MomentPlayed:
		return either(m.Device, catalog.Say("Started to play “%s”", m.Title), catalog.Say("Started to play “%s” on %s", m.Title, catalog.Device(m.Device)))
	case MomentWatched:
		return catalog.Say("Watched “%s”", m.Title)
	case MomentLive:
		return m.wordsOfLive()
	case MomentCompleted:
		return catalog.Say("Completed “%s”", m.Title)
	case MomentWaived:
		return catalog.Say("“%s” was waived", m.Title)
	case MomentCertificate:
		return catalog.Say("Met the rule of “%s” and got its certificate", m.Title)
	case MomentSignedIn:
		return either(m.Device, catalog.Say("Signed in"), catalog.Say("Signed in on %s", catalog.Device(m.Device)))
	default:
		return m.wordsOfAccess()
	}
}

// wordsOfAccess are of the kinds about coming in and being kept out.
func (m Moment) wordsOfAccess() catalog.Sentence {
	switch m.Kind {
	case MomentConsent:
		return catalog.Say("Decided about a consent")
	case MomentCodeAsked:
		return either(m.Address, catalog.Say("Asked for a code"), catalog.Say("Asked for a code at %s", m.Address))
	case MomentCodeWrong:
		return either(m.Address, catalog.Say("Entered a wrong code"), catalog.Say("Entered a wrong code with %s", m.Address))
	case MomentCodeReadOut:
		return catalog.Say("A code was read out on the phone")
	case MomentMessageSent:
		return either(m.Address, catalog.Say("A message went"), catalog.Say("A message went to %s", m.Address))
	case MomentMessageFailed:
		return either(m.Address, catalog.Say("A message did not go"), catalog.Say("A message did not go to %s", m.Address))
	case MomentBounced:
		return either(m.Address, catalog.Say("The address takes no messages"), catalog.Say("%s takes no messages", m.Address))
	case MomentBlocked:
		return either(m.Title, catalog.Say("Kept out"), catalog.Say("Kept out of “%s”", m.Title))
	case MomentUnblocked:
		return either(m.Title, catalog.Say("Let in again"), catalog.Say("Let in again to “%s”", m.Title))
	case MomentCorrected:
		return catalog.Say("Something of the account was corrected")
	case MomentMerged:
		return catalog.Say("Another account became part of this one")
	default:
		return catalog.Say("Asked to be forgotten")
	}
}

func (m Moment) wordsOfLive() catalog.Sentence {
	if m.Percent >= 99.5 || m.Percent <= 0 {
		return catalog.Say("Was in the live session of “%s”", m.Title)
	}
	return catalog.Say("Was in the live session of “%s” and left at %.0f %% of it", m.Title, m.Percent)
}

// either is the sentence with what may be known, or the one without.
func either(known string, without, with catalog.Sentence) catalog.Sentence {
	if known == "" {
		return without
	}
	return with
}

// SortMoments puts the newest first; of one time, what follows from the other.
func SortMoments(moments []Moment) {
	slices.SortStableFunc(moments, func(a, b Moment) int { return b.At.Compare(a.At) })
}
