package catalog_test

import (
	"testing"

	"rounds/catalog"
)

func TestReceiptsComeInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		known, told catalog.ReceiptState
		news        bool
	}{
		{"", "sent", true},
		{"sent", "delivered", true},
		{"delivered", "sent", false},
		{"delivered", "failed", false},
		{"failed", "delivered", true},
		{"sent", "failed", true},
		{"read", "delivered", false},
		{"read", "read", false},
		{"", "lost", false},
	} {
		if got := c.told.Supersedes(c.known); got != c.news {
			t.Errorf("%s after %q: %t", c.told, c.known, got)
		}
	}
}
