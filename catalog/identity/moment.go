package identity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Moment is something that happened to a person, for whoever helps her. Fields
// that a kind does not need are empty.
type Moment struct {
	At      time.Time
	Kind    MomentKind
	Title   string  // of the program or webinar
	Address string  // e-mail
	Device  string  // in words: "Chrome on Windows"
	By      string  // who did it; empty: she herself
	Reason  string  // why, as it was given
	Detail  string  // more of it, as words that end a sentence
	Percent float64 // of the recording
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
func (m Moment) Sentence() string {
	text := m.words()
	if m.Detail != "" {
		text += ": " + m.Detail
	}
	if m.By != "" {
		text += ", by " + m.By
	}
	if m.Reason != "" {
		text += fmt.Sprintf(" (%s)", strings.TrimSuffix(m.Reason, "."))
	}
	return text + "."
}

func (m Moment) words() string {
	switch m.Kind {
	case MomentInvited:
		return "Invited to " + quoted(m.Title) + to(" as ", m.Address)
	case MomentRegistered:
		return "Registered" + to(" as ", m.Address)
	case MomentEnrolled:
		return "Enrolled in " + quoted(m.Title)
	case MomentPlayed:
		return "Started to play " + quoted(m.Title) + to(" on ", m.Device)
	case MomentWatched:
		return "Watched " + quoted(m.Title)
	case MomentLive:
		return "Was in the live session of " + quoted(m.Title) + m.left()
	case MomentCompleted:
		return "Completed " + quoted(m.Title)
	case MomentWaived:
		return quoted(m.Title) + " was waived"
	case MomentCertificate:
		return "Met the rule of " + quoted(m.Title) + " and got its certificate"
	case MomentSignedIn:
		return "Signed in" + to(" on ", m.Device)
	default:
		return m.wordsOfAccess()
	}
}

// wordsOfAccess are of the kinds about coming in and being kept out.
func (m Moment) wordsOfAccess() string {
	switch m.Kind {
	case MomentConsent:
		return "Decided about a consent"
	case MomentCodeAsked:
		return "Asked for a code" + to(" at ", m.Address)
	case MomentCodeWrong:
		return "Entered a wrong code" + to(" with ", m.Address)
	case MomentCodeReadOut:
		return "A code was read out on the phone"
	case MomentMessageSent:
		return "A message went" + to(" to ", m.Address)
	case MomentMessageFailed:
		return "A message did not go" + to(" to ", m.Address)
	case MomentBounced:
		return cmp.Or(m.Address, "The address") + " takes no messages"
	case MomentBlocked:
		return "Kept out" + in(m.Title)
	case MomentUnblocked:
		return "Let in again" + in(m.Title)
	case MomentCorrected:
		return "Something of the account was corrected"
	case MomentMerged:
		return "Another account became part of this one"
	default:
		return "Asked to be forgotten"
	}
}

func (m Moment) left() string {
	if m.Percent >= 99.5 || m.Percent <= 0 {
		return ""
	}
	return fmt.Sprintf(" and left at %.0f %% of it", m.Percent)
}

func quoted(title string) string { return "“" + title + "”" }

func in(title string) string {
	if title == "" {
		return ""
	}
	return " of " + quoted(title)
}

func to(word, whom string) string {
	if whom == "" {
		return ""
	}
	return word + whom
}

// SortMoments puts the newest first; of one time, what follows from the other.
func SortMoments(moments []Moment) {
	slices.SortStableFunc(moments, func(a, b Moment) int { return b.At.Compare(a.At) })
}
