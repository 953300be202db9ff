package webhooks

import (
	"strings"
	"testing"
	"time"
)

// TestSignature holds signing to the example of the specification's reference libraries.
func TestSignature(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" //nolint:gosec // G101: the specification's example
	got, err := signature("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), secret)
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signature %q: %v", got, err)
	}
	two, err := signature("msg_1", time.Unix(1, 0), nil, secret, NewSecret())
	if parts := strings.Split(two, " "); err != nil || len(parts) != 2 || parts[0] == parts[1] || !strings.HasPrefix(parts[1], "v1,") {
		t.Errorf("two secrets: %q: %v", two, err)
	}
	for _, bad := range []string{"", "whsec_?", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"} {
		if _, err := signature("msg_1", time.Unix(1, 0), nil, bad); err == nil || strings.Contains(err.Error(), "MfKQ") {
			t.Errorf("secret %q: %v", bad, err)
		}
	}
	if a, b := NewSecret(), NewSecret(); a == b || len(a) != len("whsec_")+44 {
		t.Errorf("secrets %q %q", a, b)
	}
}
