package identity

import (
	"time"

	"rounds/catalog"
)

// ImportID names a list of people that was sent ("imp_…").
type ImportID string

// NewImportID mints an identifier for an import.
func NewImportID() ImportID { return ImportID(catalog.NewID("aim")) }

// ImportState says how far a list is.
type ImportState string

// The states of an AccountImport.
const (
	ImportWaiting ImportState = "waiting" // received; nobody is taken in yet
	ImportRunning ImportState = "running"
	ImportDone    ImportState = "done"
	ImportFailed  ImportState = "failed" // stopped half-way: a fault of ours
)

// RowOutcome says what became of one line.
type RowOutcome string

// The outcomes of a row.
const (
	RowWaiting  RowOutcome = "waiting"
	RowInvalid  RowOutcome = "invalid"
	RowCreated  RowOutcome = "created"  // an account was made, or would be
	RowExisting RowOutcome = "existing" // there is one with this address; it stays as it is
)

// AccountImport is a list of people on its way into the accounts.
type AccountImport struct {
	ID         ImportID
	ProgramID  catalog.ProgramID // they are enrolled there; empty: nowhere
	DryRun     bool              // tell, and take in nobody
	State      ImportState
	Total      int // rows
	CreatedBy  string
	CreatedAt  time.Time
	FinishedAt *time.Time
	Failure    string
	Counts     map[RowOutcome]int
	Enrolled   int // by this import
}

// Done is how many rows have an outcome.
func (i AccountImport) Done() int { return i.Total - i.Counts[RowWaiting] }

// ImportedRow is what became of one line.
type ImportedRow struct {
	Line      int
	Email     string
	Outcome   RowOutcome
	Enrolled  bool
	Field     string // of what is wrong
	Code      string
	Reason    string
	AccountID catalog.AccountID
}
