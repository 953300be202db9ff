package catalog

import (
	"regexp"
	"slices"
	"strings"
)

// Channel is a way to reach a person outside the pages.
type Channel string

// The channels.
const (
	ChannelEmail    Channel = "email"
	ChannelSMS      Channel = "sms"
	ChannelWhatsApp Channel = "whatsapp"
)

// Channels are all there are.
var Channels = []Channel{ChannelEmail, ChannelSMS, ChannelWhatsApp}

// Reader is what is known of whoever gets a message; the zero value is
// somebody without an account.
type Reader struct {
	Channel  Channel // what she prefers; empty: mail
	Phone    string  // as she told it
	Country  string  // ISO 3166-1 alpha-2
	TimeZone string  // IANA name
	Locale   string  // BCP 47
}

// ChannelRules say which channels an installation has, and for which countries.
type ChannelRules struct {
	SMS               bool
	WhatsApp          bool
	SMSCountries      []string // texts are sent to these only, each costs money; none: to no country
	ApprovedCountries []string // where only approved texts may be sent
}

// Route is the channel for a message of a kind to a reader, and the address
// there besides mail. What proves an e-mail address goes by mail; so does what
// the preferred channel cannot reach.
func (r ChannelRules) Route(kind MessageKind, to Reader) (Channel, string) {
	if info, _ := kind.Info(); info.Proves {
		return ChannelEmail, ""
	}
	phone, ok := InternationalPhone(to.Phone)
	switch {
	case !ok:
		return ChannelEmail, ""
	case to.Channel == ChannelSMS && r.SMS && slices.Contains(r.SMSCountries, to.Country):
		return ChannelSMS, phone
	case to.Channel == ChannelWhatsApp && r.WhatsApp:
		return ChannelWhatsApp, phone
	default:
		return ChannelEmail, ""
	}
}

// NeedsApproval tells whether only approved texts with an id of their
// registration may be sent: everywhere by WhatsApp, in some countries by SMS.
func (r ChannelRules) NeedsApproval(c Channel, country string) bool {
	return c == ChannelWhatsApp || c == ChannelSMS && slices.Contains(r.ApprovedCountries, country)
}

// InternationalPhone reads a number that begins with + and a country code, as
// E.164 wants it; spaces, dashes, dots and brackets do not matter.
func InternationalPhone(told string) (string, bool) {
	number := phoneSeparators.Replace(strings.TrimSpace(told))
	return number, phoneForm.MatchString(number)
}

var (
	phoneSeparators = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "")
	phoneForm       = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
)
