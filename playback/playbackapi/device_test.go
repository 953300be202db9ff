package playbackapi

import "testing"

func TestDevicesAreWordedForTheirOwners(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string][2]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1": {"Safari on iPhone", "phone"},
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36":                       {"Chrome on Android", "phone"},
		"Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 Chrome/126.0 Safari/537.36":                              {"Chrome on Android tablet", "tablet"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0":                   {"Edge on Windows", "computer"},
		"curl/8.5": {"another device", ""},
	} {
		if words := device(agent); words != want[0] || deviceClass(words) != want[1] {
			t.Errorf("%s: %q, %q", agent, words, deviceClass(words))
		}
	}
}
