package passkeys

import (
	"errors"
	"net/url"
	"testing"

	"rounds/catalog"
)

func TestSitesWithoutANameHaveNoPasskeys(t *testing.T) {
	t.Parallel()
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for host, fine := range map[string]bool{"localhost:8080": true, "learn.example.org": true, "127.0.0.1:8080": false, "[::1]:8080": false, "rounds": false} {
		_, err := New(&url.URL{Scheme: "https", Host: host}, sealer).BeginSignIn()
		if (err == nil) != fine || err != nil && !errors.Is(err, catalog.ErrConflict) {
			t.Errorf("%s: %v", host, err)
		}
	}
}
