package qoe

import "strings"

// The classes of device.
const (
	Phone    = "phone"
	Tablet   = "tablet"
	Computer = "computer"
)

// Device is the class of device that a User-Agent names; empty when it names
// none. A tablet that asks for desktop pages counts as a computer: it says it is one.
func Device(userAgent string) string {
	has := func(mark string) bool { return strings.Contains(userAgent, mark) }
	switch {
	case has("iPad"), has("Android") && !has("Mobile"), has("Tablet"):
		return Tablet
	case has("iPhone"), has("Mobile"):
		return Phone
	case has("Windows"), has("Mac OS X"), has("Linux"), has("CrOS"):
		return Computer
	default:
		return ""
	}
}

// Browser is the browser that a User-Agent names; empty when it names none.
// Most name others as well: the first that is found counts.
func Browser(userAgent string) string {
	for _, mark := range [][2]string{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS", "Firefox"},
		{"CriOS", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Safari/", "Safari"},
	} {
		if strings.Contains(userAgent, mark[0]) {
			return mark[1]
		}
	}
	return ""
}
