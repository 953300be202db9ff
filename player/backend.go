package player

// Backend is what the pages need from the rest of Rounds. All methods read
// who asks from the context and decide by themselves what that person may see
// or do; the pages only hide what cannot be used. Times come and go in UTC.
//
// Errors: ErrSignedOut, ErrNotFound (also for what belongs to others),
// ErrForbidden, *FieldError for an input that cannot be used, *Refusal for an
// act that is not possible now. Anything else is shown as a fault of ours and logged.
type Backend interface {
	Accounts
	OwnAccount
	Branding
	BrandEditing
	Feeding
	Learning
	Reasons
	Rules
	Presenting
	Preparing
	Analysing
	Asking
	Answering
	Rehearsing
	Events
	Enriching
	Administrating
	Attending
	AdminReading
	Supporting
	Sponsoring
	OwnData
	AdminWriting
	Reaching
	HandingOver
}
