package catalog_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
)

// TestPublicAddress: events go to the internet and nowhere else, however an
// address is written.
func TestPublicAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"93.184.215.14": true, "1.1.1.1": true, "172.15.255.255": true, "172.32.0.1": true, "100.63.255.255": true, "2606:4700:4700::1111": true, "::ffff:1.1.1.1": true,
		"127.0.0.1": false, "127.8.8.8": false, "10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false, "192.0.0.8": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "2001:db8::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false, "::7f00:1": false, "100::1": false,
	} {
		if got := catalog.PublicAddress(netip.MustParseAddr(address), nil); got != want {
			t.Errorf("%s is public: %t", address, got)
		}
	}
	own := []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16")}
	for address, want := range map[string]bool{"10.20.3.4": true, "::ffff:10.20.3.4": true, "10.21.0.1": false, "127.0.0.1": false} {
		if got := catalog.PublicAddress(netip.MustParseAddr(address), own); got != want {
			t.Errorf("%s is allowed: %t", address, got)
		}
	}
	if catalog.PublicAddress(netip.Addr{}, nil) {
		t.Error("no address is public")
	}
}

// TestWholeFormsAgree: an address of version 4 is as public as its form of version 6.
func TestWholeFormsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		four := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")))
		if catalog.PublicAddress(four, nil) != catalog.PublicAddress(netip.AddrFrom16(four.As16()), nil) {
			t.Fatal(four)
		}
	})
}

func TestWebhookURLs(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://learning.example.org/hooks?x=1": true, "https://learning.example.org:8443": true, "https://93.184.215.14/": true,
		"http://learning.example.org": false, "https://": false, "learning.example.org": false, "https://:443/": false, "ftp://x.example.org": false,
		"https://user:pw@learning.example.org/": false, "https://learning.example.org/#x": false, "https://127.0.0.1/": false, "https://[::1]/": false,
		"https://[fe80::1%25eth0]/": false, "https://169.254.169.254/latest": false, "https:learning.example.org": false, "https://x\x00.org": false, "javascript:alert(1)": false,
	} {
		err := catalog.CheckWebhookURL(address, false, nil)
		var field *catalog.FieldError
		if (err == nil) != want || err != nil && (!errors.As(err, &field) || field.Code != "invalid_url") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := catalog.CheckWebhookURL("http://learning.example.org", true, nil); err != nil {
		t.Errorf("on one machine: %v", err)
	}
}

// TestRetryPauses: a delivery is tried for three days and some hours, ten times.
func TestRetryPauses(t *testing.T) {
	t.Parallel()
	var whole time.Duration
	attempts := 1
	for ; ; attempts++ {
		pause, again := catalog.RetryPause(attempts, 0)
		if !again {
			break
		}
		whole += pause
	}
	if attempts != 10 || whole < 3*24*time.Hour || whole > 4*24*time.Hour {
		t.Errorf("%d attempts within %s", attempts, whole)
	}
	for asked, want := range map[time.Duration]time.Duration{time.Hour: time.Hour, time.Second: 5 * time.Second, 90 * 24 * time.Hour: 24 * time.Hour} {
		if pause, _ := catalog.RetryPause(1, asked); pause != want {
			t.Errorf("asked for %s: %s", asked, pause)
		}
	}
	if _, again := catalog.RetryPause(0, 0); again {
		t.Error("a pause before the first attempt")
	}
}
