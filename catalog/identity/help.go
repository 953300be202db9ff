package identity

import (
	"slices"
	"strings"
	"time"

	"rounds/catalog"
)

// Person is an account as those see it who help its owner.
type Person struct {
	Account
	Further    []FurtherEmail
	Programs   []Participation
	MergedInto catalog.AccountID // set: it is part of that one now
	Merged     []MergedAccount   // accounts that became part of this one
	ErasedAt   *time.Time
	SignedInAt *time.Time // last
	Device     string     // then
	Bounces    []string   // of her addresses, those that take no mail
}

// FurtherEmail is an address beside an account's own.
type FurtherEmail struct {
	Email   string
	SignsIn bool // it was linked by support; others stand in attendance reports only
	AddedAt time.Time
}

// Participation is a person in a program.
type Participation struct {
	ProgramID  catalog.ProgramID
	Title      string
	Via        string
	Since      time.Time
	EndedAt    *time.Time
	EndReason  string
	MergedFrom catalog.AccountID // the account it was of before a merge
}

// MergedAccount is one that became part of another.
type MergedAccount struct {
	ID     catalog.AccountID
	By     string
	At     time.Time
	Reason string
}

// Limits of codes that are read out on the phone. They let in whoever hears
// them, so they are few and short-lived.
const (
	ReadOutLife        = 5 * time.Minute
	ReadOutsPerHour    = 20 // by one supporter
	ReadOutsPerAccount = 3  // in an hour
)

// MayHelp tells whether who may act on somebody's account: supporters on
// doctors', never on their own and never on those of people who may do more than
// watch, or a supporter could make herself an administrator. An account that is
// part of another or of nobody is a *catalog.ConflictError.
func MayHelp(who Principal, p Person) error {
	switch {
	case p.ErasedAt != nil:
		return ErrErased
	case p.MergedInto != "":
		return ErrMerged
	case who.Admin():
		return nil
	case !who.Has(RoleSupport), p.ID == who.AccountID:
		return catalog.ErrForbidden
	case slices.ContainsFunc(p.Roles, func(r Role) bool { return r != RoleDoctor }):
		return ErrStaffAccount
	default:
		return nil
	}
}

// AllowReadOut decides whether a supporter who read out so many codes in the
// last hour may read out one more for an account that got so many. The error
// is a *catalog.RateLimitError.
func AllowReadOut(bySupporter, forAccount int) error {
	switch {
	case forAccount >= ReadOutsPerAccount:
		return &catalog.RateLimitError{Code: "too_many_codes", RetryAfter: time.Hour, Message: "Enough codes were read out for this account within the hour. Please check who is calling, and try again later."}
	case bySupporter >= ReadOutsPerHour:
		return &catalog.RateLimitError{Code: "too_many_codes", RetryAfter: time.Hour, Message: "You have read out many codes within the hour. Please let a colleague go on, or try again later."}
	default:
		return nil
	}
}

// MintReadOut makes a fresh code to be read out, which is good for ReadOutLife.
func MintReadOut(pepper []byte, now time.Time) MintedCode {
	code := MintCode(pepper, now)
	code.ExpiresAt = now.Add(ReadOutLife)
	return code
}

// Correction is what support changes of an account; nil leaves a part as it is.
type Correction struct {
	Name   *string
	Email  *string
	Reason string
}

// Clean checks and tidies a correction. The error is a *catalog.FieldError.
func (c Correction) Clean() (Correction, error) {
	var err error
	if c.Reason, err = CleanReason(c.Reason); err != nil {
		return c, err
	}
	if c.Name == nil && c.Email == nil {
		return c, catalog.Invalid("body", "Please say what to correct: name, email or both.")
	}
	if c.Name != nil {
		name, err := catalog.CleanLine("name", *c.Name, 200, true)
		if err != nil {
			return c, err
		}
		c.Name = &name
	}
	if c.Email != nil {
		email, err := NormalEmail(*c.Email)
		if err != nil {
			return c, err
		}
		c.Email = &email
	}
	return c, nil
}

// CleanReason checks why somebody acts on another person's account: it is
// written to the audit log. The error is a *catalog.FieldError on "reason".
func CleanReason(reason string) (string, error) {
	return catalog.CleanLine("reason", reason, 500, true)
}

// SearchTerms are the words of a search for a person, at most eight. Folding
// case and accents is left to the database, which has folded what it finds.
func SearchTerms(q string) []string {
	words := strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(q, "\x00", ""), ""))
	terms := make([]string, 0, len(words))
	for _, w := range words {
		w = strings.Trim(w, `.,;:()/"'`)
		if title := strings.ToLower(w); len(w) < 2 || len(w) > 254 || title == "dr" || title == "prof" {
			continue
		}
		terms = append(terms, w)
	}
	return terms[:min(len(terms), 8)]
}

// Why support cannot act on an account.
var (
	// ErrStaffAccount: its owner may do more than watch.
	ErrStaffAccount error = &catalog.ConflictError{Code: "staff_account", Message: "This person may do more than watch, so an administrator has to help."}
	// ErrMerged: it is part of another account.
	ErrMerged error = &catalog.ConflictError{Code: "account_merged", Message: "This account became part of another one. Please help with that one."}
	// ErrErased: its personal data is gone.
	ErrErased error = &catalog.ConflictError{Code: "account_erased", Message: "The personal data of this account was erased."}
)
