package playbackapi

import (
	"strings"

	"rounds/playback/qoe"
)

// systems are marks of systems in User-Agent; the first that is found counts,
// because some name others as well.
var systems = [][2]string{
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Android", "Android"},
	{"Windows", "Windows"},
	{"CrOS", "Chromebook"},
	{"Mac OS X", "Mac"},
	{"Linux", "Linux"},
}

// device words a User-Agent for its owner, who is to recognise the device:
// "Chrome on Windows". It is no measure against anybody.
func device(userAgent string) string {
	browser, system := qoe.Browser(userAgent), systemOf(userAgent)
	switch {
	case browser == "" && system == "":
		return "another device"
	case browser == "":
		return system
	case system == "":
		return browser
	default:
		return browser + " on " + system
	}
}

func systemOf(userAgent string) string {
	for _, mark := range systems {
		if !strings.Contains(userAgent, mark[0]) {
			continue
		}
		if mark[1] == "Android" && qoe.Device(userAgent) == qoe.Tablet {
			return androidTablet
		}
		return mark[1]
	}
	return ""
}

const androidTablet = "Android tablet"

// deviceClass is the class of a device that was worded by device; empty when
// the words name none.
func deviceClass(words string) string {
	_, system, found := strings.Cut(words, " on ")
	if !found {
		system = words
	}
	switch system {
	case "iPhone", "Android":
		return qoe.Phone
	case "iPad", androidTablet:
		return qoe.Tablet
	case "Windows", "Chromebook", "Mac", "Linux":
		return qoe.Computer
	default:
		return ""
	}
}
