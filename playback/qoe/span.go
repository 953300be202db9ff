package qoe

import "time"

// Span is the time that figures are asked of: from Since on and before Before. A
// zero bound is none.
type Span struct{ Since, Before time.Time }
