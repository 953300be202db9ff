package catalog

import (
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// retryPauses are the pauses after each failed attempt at a delivery, as the
// Standard Webhooks specification suggests: three days and some hours together.
var retryPauses = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// EndpointPatience is how long an endpoint may fail, with no success between,
// before it is switched off.
const EndpointPatience = 5 * 24 * time.Hour

// RetryPause is how long to wait after that many failed attempts at a delivery,
// or longer if the endpoint asked for it (a day at most); ok is false when the
// delivery is dead.
func RetryPause(attempts int, asked time.Duration) (pause time.Duration, ok bool) {
	if attempts < 1 || attempts > len(retryPauses) {
		return 0, false
	}
	return max(retryPauses[attempts-1], min(asked, 24*time.Hour)), true
}

// CheckWebhookURL refuses an address that events are never sent to: not https
// (http is for trying on one machine), with a password in it, or with an
// address that PublicAddress refuses. Names are checked when they are resolved.
func CheckWebhookURL(address string, plain bool, allowed []netip.Prefix) error {
	refuse := func(message string) error {
		return &FieldError{Field: "url", Code: "invalid_url", Message: message}
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > 2000 || u.Host == "" || u.Hostname() == "" || u.Opaque != "" {
		return refuse("Please give an address such as https://learning.example.org/hooks.")
	}
	if u.Scheme != "https" && (!plain || u.Scheme != "http") {
		return refuse("Please give an address that begins with https://.")
	}
	if u.User != nil || u.Fragment != "" {
		return refuse("Please give an address without a password and without #. Deliveries are signed instead.")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !PublicAddress(ip, allowed) {
		return refuse("This address is in a private network, to which events are not sent.")
	}
	return nil
}

// special are the networks that are nobody's on the internet, and those in
// which an address of version 4 hides (RFC 6890 and its registries).
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
	"192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)

// global is where the internet's addresses of version 6 are; the rest is not.
var (
	global   = netip.MustParsePrefix("2000::/3")
	special6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// PublicAddress tells whether an address is on the internet, or in one of the
// networks that the operator allows.
func PublicAddress(ip netip.Addr, allowed []netip.Prefix) bool {
	ip = ip.Unmap().WithZone("")
	within := func(p netip.Prefix) bool { return p.Contains(ip) }
	switch {
	case !ip.IsValid():
		return false
	case slices.ContainsFunc(allowed, within):
		return true
	case ip.Is4():
		return !slices.ContainsFunc(special, within)
	default:
		return global.Contains(ip) && !slices.ContainsFunc(special6, within)
	}
}
