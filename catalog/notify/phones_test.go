package notify

import "testing"

func TestPhoneCountry(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+351912345678": "PT", "+919876543210": "IN", "+966501234567": "SA", "+12015550123": "US", "+18762101234": "JM", "+77012345678": "KZ",
		"+79161234567": "RU", "+3519": "", "+999912345678": "", "+449012345678": "", "912345678": "", "": "",
	} {
		if got := PhoneCountry(number); got != want {
			t.Errorf("%s is of %q, want %q", number, got, want)
		}
	}
}
