package identity

import "testing"

func TestDeviceNames(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":       "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/1": "Safari on iPhone",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                              "Firefox on Linux",
		"curl/8.5.0": "",
	} {
		if got := DeviceName(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}

func TestStaffIsNotRemembered(t *testing.T) {
	t.Parallel()
	for _, role := range Roles() {
		want := role == RoleDoctor || role == RolePresenter || role == RoleSponsor
		if got := Rememberable([]Role{RoleDoctor, role}); got != want {
			t.Errorf("%s: %v", role, got)
		}
	}
}
