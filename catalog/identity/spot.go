package identity

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"rounds/catalog"
)

// Admission says who may use an event code beside knowing it: the code itself
// is shown to a whole room.
type Admission string

// The ways in which a spot-registration window admits.
const (
	AdmitByDomain   Admission = "domain"   // whoever has an address of one of its e-mail domains
	AdmitByNumber   Admission = "number"   // whoever gives a registration number of its list, each once
	AdmitByApproval Admission = "approval" // whom one of its moderators lets in
)

// SpotWindow is a time in which doctors register at an event, up to a cap,
// with one event code. Each gets a personal invitation, minted on the spot.
type SpotWindow struct {
	ID        string
	ProgramID catalog.ProgramID
	Program   string // its title
	Title     string
	Admission Admission
	Domains   []string // of AdmitByDomain
	// Moderators decide about who waits, of AdmitByApproval.
	Moderators []catalog.AccountID
	Cap        int
	OpensAt    time.Time
	ClosesAt   time.Time
	Version    int
	CreatedAt  time.Time

	Admitted int // places taken: used codes and those that are still good
	Waiting  int // requests nobody has decided about
}

// Limits of a window.
const (
	maxSpotCap     = 20_000
	maxSpotDomains = 50
	maxModerators  = 50
	maxSpotLength  = 92 * 24 * time.Hour
	// SpotCodeLife is how long a personal code holds a place that was got at once.
	SpotCodeLife = 24 * time.Hour
	// SpotApprovedLife is how long one does that a moderator gave: its mail may be read later.
	SpotApprovedLife = 7 * 24 * time.Hour
	// SpotNumbersLife is how long registration numbers are kept after a window has closed.
	SpotNumbersLife = 30 * 24 * time.Hour
)

// Clean checks and tidies a window as an administrator wrote it. The error is
// a *catalog.FieldError.
func (w SpotWindow) Clean() (SpotWindow, error) {
	var err error
	if w.Title, err = catalog.CleanLine("title", w.Title, 200, true); err != nil {
		return w, err
	}
	if w.Cap < 1 || w.Cap > maxSpotCap {
		return w, catalog.Invalid("cap", "Please give a number of places from 1 to %d.", maxSpotCap)
	}
	if err := w.cleanTimes(); err != nil {
		return w, err
	}
	switch w.Admission {
	case AdmitByDomain:
		w.Domains, err = CleanDomains("domains", w.Domains)
	case AdmitByNumber:
	case AdmitByApproval:
		w.Moderators, err = cleanModerators(w.Moderators)
	default:
		return w, catalog.Invalid("admission", "Please choose domain, number or approval.")
	}
	return w, err
}

func (w SpotWindow) cleanTimes() error {
	switch {
	case !w.ClosesAt.After(w.OpensAt):
		return &catalog.FieldError{Field: "closes_at", Code: "invalid_time", Message: "Please let the window close after it opens."}
	case w.ClosesAt.Sub(w.OpensAt) > maxSpotLength:
		return &catalog.FieldError{Field: "closes_at", Code: "invalid_time", Message: "Please let the window close within three months: for longer, invite doctors one by one."}
	case w.OpensAt.Year() < 2000 || w.ClosesAt.Year() > 2200:
		return &catalog.FieldError{Field: "opens_at", Code: "invalid_time", Message: "Please give times of this century."}
	default:
		return nil
	}
}

// CleanDomains checks e-mail domains, such as hospital.org; the answer is in
// lower case, sorted and without repetition. Each must be given in full: a
// domain does not stand for those below it, or "org" would admit the world.
// The error is a *catalog.FieldError on field.
func CleanDomains(field string, domains []string) ([]string, error) {
	if len(domains) == 0 || len(domains) > maxSpotDomains {
		return nil, catalog.Invalid(field, "Please give 1 to %d e-mail domains.", maxSpotDomains)
	}
	clean := make([]string, 0, len(domains))
	for _, d := range domains {
		d = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(d)), "@")
		if _, err := NormalEmail("x@" + d); err != nil {
			return nil, &catalog.FieldError{Field: field, Code: "invalid_domain", Message: "Please give e-mail domains such as hospital.org."}
		}
		clean = append(clean, d)
	}
	return slices.Compact(slices.Sorted(slices.Values(clean))), nil
}

func cleanModerators(ids []catalog.AccountID) ([]catalog.AccountID, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) > maxModerators {
		return nil, catalog.Invalid("moderator_ids", "Please name at most %d moderators.", maxModerators)
	}
	return ids, nil
}

// DomainOf is the part of a normal address behind the @.
func DomainOf(email string) string { return email[strings.LastIndexByte(email, '@')+1:] }

// Open tells whether doctors can register at the time now; zone is theirs. The
// error is a *catalog.FieldError with event_not_open or event_closed.
func (w SpotWindow) Open(now time.Time, zone string) error {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	switch {
	case now.Before(w.OpensAt):
		return &catalog.FieldError{
			Field: fieldInvitation, Code: "event_not_open",
			Message: "Registration for this event opens on %s. Please come back then.", Args: []any{catalog.On(w.OpensAt.In(place))},
		}
	case !now.Before(w.ClosesAt):
		return ErrEventClosed
	default:
		return nil
	}
}

// MayDecide tells whether p decides about the requests to this window.
func (w SpotWindow) MayDecide(p Principal) bool {
	return p.Admin() || p.Has(RoleModerator) && p.AccountID != "" && slices.Contains(w.Moderators, p.AccountID)
}

// MostWaiting bounds the queue of a window, which nobody has proven an address for.
func (w SpotWindow) MostWaiting() int { return 2*w.Cap + 50 }

// Why an event code does not admit. They are *catalog.FieldError values.
var (
	// ErrEventClosed: its time is over.
	ErrEventClosed error = &catalog.FieldError{
		Field: fieldInvitation, Code: "event_closed",
		Message: "Registration for this event is closed. Please ask the organisers for an invitation.",
	}
	// ErrEventFull: every place is taken.
	ErrEventFull error = &catalog.FieldError{
		Field: fieldInvitation, Code: "event_full",
		Message: "All places of this event are taken. Please ask the organisers for an invitation.",
	}
	// ErrEventDomain: the address is not of one of its domains.
	ErrEventDomain error = &catalog.FieldError{
		Field: "email", Code: "event_domain",
		Message: "This event is for another institution's addresses. Please use your e-mail address at work.",
	}
	// ErrEventNumber: the number is not on its list, or somebody else came with it.
	ErrEventNumber error = &catalog.FieldError{
		Field: fieldCouncilNumber, Code: "event_number",
		Message: "This registration number is not on the list of this event, or was used already. Please check it, or ask the organisers.",
	}
	// ErrEventRefused: a moderator said no.
	ErrEventRefused error = &catalog.FieldError{
		Field: "email", Code: "event_refused",
		Message: "The organisers could not confirm this registration. Please talk to them.",
	}
)

const eventCodeLength = 8 // of 5 bits each

// NewEventCode mints a code to be shown to a room, of 40 random bits in two
// groups of four, e.g. "7K3M-0ZQX". It is shorter than an invitation code since
// it admits nobody alone; guesses are limited by address.
func NewEventCode() string {
	var raw [eventCodeLength]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	code := make([]byte, 0, eventCodeLength+1)
	for i, b := range raw {
		if i == eventCodeLength/2 {
			code = append(code, '-')
		}
		code = append(code, codeAlphabet[b%32])
	}
	return string(code)
}

// HashEventCode is what an event code is found by, read as tolerantly as an
// invitation code; ok is false when it cannot be one.
func HashEventCode(code string) (hash []byte, ok bool) {
	normal, ok := normalCode(code)
	sum := sha256.Sum256([]byte("event " + normal))
	return sum[:], ok && len(normal) == eventCodeLength
}

// NumberMAC is what a registration number of a window's list is stored as, and
// found by. Numbers can be guessed, so a plain hash would hide nothing: it is an
// HMAC under a key that is derived from the server's pepper. Only letters and
// digits count, in capitals; empty is the answer for a number without any.
func NumberMAC(pepper []byte, window, number string) []byte {
	normal := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, number)
	if normal == "" || len(number) > 200 {
		return nil
	}
	key, err := hkdf.Key(sha256.New, pepper, nil, "rounds registration numbers", 32)
	if err != nil {
		panic(err) // never: the length is one that the hash allows
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s\x00%s", window, normal) // a hash takes everything
	return mac.Sum(nil)
}

// RequestState is how far a request to a window has come.
type RequestState string

// The states of a request.
const (
	RequestWaiting  RequestState = "waiting"
	RequestApproved RequestState = "approved"
	RequestRefused  RequestState = "refused"
)

// SpotRequest is a doctor who waits for a moderator. What she told is removed
// once it is not needed any more.
type SpotRequest struct {
	ID           string
	WindowID     string
	Email        string
	Registration Registration
	State        RequestState
	Reason       string // of a refusal
	CreatedAt    time.Time
	DecidedAt    *time.Time
	DecidedBy    string
}

// OnSpot is what a doctor brings to an event.
type OnSpot struct {
	Code         []byte                     // hash of the event code
	Number       func(window string) []byte // HMAC of her registration number, nil when she gave none
	Email        string
	Registration Registration
}

// Decision is what a moderator says about a request.
type Decision struct {
	Approve bool
	Reason  string // of a refusal; the doctor is told
	SignIn  string // page where an admitted doctor goes on
}
