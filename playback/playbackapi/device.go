package playbackapi

import "strings"

// Marks of browsers and systems in User-Agent; the first that is found counts,
// because most browsers name others as well.
var (
	browsers = [][2]string{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS", "Firefox"},
		{"CriOS", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"CrOS", "Chromebook"},
		{"Mac OS X", "Mac"},
		{"Linux", "Linux"},
	}
)

// device words a User-Agent for its owner, who is to recognise the device:
// "Chrome on Windows". It is no measure against anybody.
func device(userAgent string) string {
	browser, system := firstMark(browsers, userAgent), firstMark(systems, userAgent)
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

func firstMark(marks [][2]string, text string) string {
	for _, mark := range marks {
		if strings.Contains(text, mark[0]) {
			return mark[1]
		}
	}
	return ""
}
