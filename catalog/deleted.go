package catalog

import "time"

// DeletedLife is how long a deleted program, course or webinar can be restored.
// After that its files are removed.
const DeletedLife = 30 * 24 * time.Hour

// Deleted is a program, course or webinar that can be restored.
type Deleted struct {
	Kind      HitKind
	ID        string
	Title     string
	DeletedAt time.Time
}

// PurgeAt is from when on it cannot.
func (d Deleted) PurgeAt() time.Time { return d.DeletedAt.Add(DeletedLife) }
