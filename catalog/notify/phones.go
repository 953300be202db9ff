package notify

import "github.com/nyaruka/phonenumbers"

// PhoneCountry tells to which country a number in the form of E.164 belongs, as
// ISO 3166-1 has it; "" for what is no number there, or one that costs whoever
// calls it more than a call. Which block of a numbering plan is whose is a list
// that changes every month: it comes with the library.
func PhoneCountry(number string) string {
	n, err := phonenumbers.Parse(number, "")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.PAGER, phonenumbers.UAN, phonenumbers.VOICEMAIL:
		return ""
	default:
		return phonenumbers.GetRegionCodeForNumber(n)
	}
}
