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
	Channel   Channel // what she prefers; empty: mail
	Phone     string  // as she told it
	Confirmed bool    // Phone is hers: by a code that went there, or by an administrator's word
	Codes     bool    // sign-in codes go there too
	Country   string  // ISO 3166-1 alpha-2
	TimeZone  string  // IANA name
	Locale    string  // BCP 47
}

// ChannelRules say which channels an installation has, and for which countries.
type ChannelRules struct {
	SMS               bool
	WhatsApp          bool
	SMSCountries      []string // texts are sent to these only, each costs money; none: to no country
	ApprovedCountries []string // where only approved texts may be sent

	// CountryOf tells where a number belongs, "" when nothing is to be sent to
	// it; what its owner says of herself may be made up. Nil: her country is taken.
	CountryOf func(number string) string
}

// Route is the channel for a message of a kind to a reader, and the address
// there besides mail. What proves an e-mail address goes by mail; so does what
// the preferred channel cannot reach, what nobody has confirmed the number for,
// and a code unless she wants codes there.
func (r ChannelRules) Route(kind MessageKind, to Reader) (Channel, string) {
	info, _ := kind.Info()
	phone, ok := InternationalPhone(to.Phone)
	if info.Proves || !ok || !to.Confirmed || info.Urgent && !to.Codes || !r.reaches(to.Channel, phone, to.Country) {
		return ChannelEmail, ""
	}
	return to.Channel, phone
}

func (r ChannelRules) reaches(channel Channel, phone, country string) bool {
	switch channel {
	case ChannelSMS:
		return r.SMS && slices.Contains(r.SMSCountries, r.Country(phone, country))
	case ChannelWhatsApp:
		return r.WhatsApp && r.Country(phone, country) != ""
	default:
		return false
	}
}

// Country is where a number belongs; without CountryOf its owner's country.
func (r ChannelRules) Country(phone, owners string) string {
	if r.CountryOf == nil {
		return owners
	}
	return r.CountryOf(phone)
}

// Offered are the channels that people can choose.
func (r ChannelRules) Offered() []Channel {
	offered := []Channel{ChannelEmail}
	if r.SMS && len(r.SMSCountries) > 0 {
		offered = append(offered, ChannelSMS)
	}
	if r.WhatsApp {
		offered = append(offered, ChannelWhatsApp)
	}
	return offered
}

// Reach returns the number as E.164 has it where a message could go; country is
// its owner's. A *FieldError on "channel" or "phone" says why none could.
func (r ChannelRules) Reach(channel Channel, told, country string) (phone string, err error) {
	if channel == ChannelEmail || !slices.Contains(r.Offered(), channel) {
		return "", &FieldError{Field: "channel", Code: "channel_not_offered", Message: "Messages are not sent this way here. Please choose another."}
	}
	phone, ok := InternationalPhone(told)
	if !ok || r.Country(phone, country) == "" {
		return "", &FieldError{Field: "phone", Code: "invalid_phone", Message: "Please give a mobile number with + and the country code, such as +351 912 345 678."}
	}
	if !r.reaches(channel, phone, country) {
		return "", &FieldError{Field: "phone", Code: "country_not_served", Message: "Messages to this country are not sent this way. Please choose another, or stay with e-mail."}
	}
	return phone, nil
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
