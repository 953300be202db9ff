package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rounds/catalog"
)

// TestRoute: preference, country and what is set up decide; whatever concerns
// the address itself goes by mail.
func TestRoute(t *testing.T) {
	t.Parallel()
	rules := catalog.ChannelRules{SMS: true, WhatsApp: true, SMSCountries: []string{"IN", "PT"}, ApprovedCountries: []string{"IN"}}
	for name, c := range map[string]struct {
		rules  catalog.ChannelRules
		kind   catalog.MessageKind
		reader catalog.Reader
		want   catalog.Channel
		to     string
	}{
		"nobody known":     {rules, catalog.MessageSignInCode, catalog.Reader{}, catalog.ChannelEmail, ""},
		"sms":              {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+351 912 345-678", Confirmed: true, Codes: true, Country: "PT"}, catalog.ChannelSMS, "+351912345678"},
		"sms elsewhere":    {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+49 151 1234567", Confirmed: true, Codes: true, Country: "DE"}, catalog.ChannelEmail, ""},
		"no country code":  {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "0912345678", Confirmed: true, Codes: true, Country: "PT"}, catalog.ChannelEmail, ""},
		"whatsapp":         {rules, catalog.MessageRecordingReady, catalog.Reader{Channel: catalog.ChannelWhatsApp, Phone: "+49 (151) 1234567", Confirmed: true, Country: "DE"}, catalog.ChannelWhatsApp, "+491511234567"},
		"not set up":       {catalog.ChannelRules{}, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelWhatsApp, Phone: "+491511234567", Confirmed: true, Codes: true}, catalog.ChannelEmail, ""},
		"proves the email": {rules, catalog.MessageRegisterCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+351912345678", Confirmed: true, Codes: true, Country: "PT"}, catalog.ChannelEmail, ""},
		"prefers mail":     {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelEmail, Phone: "+351912345678", Confirmed: true, Codes: true, Country: "PT"}, catalog.ChannelEmail, ""},
		"not confirmed":    {rules, catalog.MessageRecordingReady, catalog.Reader{Channel: catalog.ChannelWhatsApp, Phone: "+491511234567", Codes: true, Country: "DE"}, catalog.ChannelEmail, ""},
		"codes by mail":    {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelWhatsApp, Phone: "+491511234567", Confirmed: true, Country: "DE"}, catalog.ChannelEmail, ""},
		"number elsewhere": {placed(rules), catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+18765551234", Confirmed: true, Codes: true, Country: "PT"}, catalog.ChannelEmail, ""},
		"number at home":   {placed(rules), catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+351912345678", Confirmed: true, Codes: true, Country: "BR"}, catalog.ChannelSMS, "+351912345678"},
	} {
		if channel, to := c.rules.Route(c.kind, c.reader); channel != c.want || to != c.to {
			t.Errorf("%s: %s to %q", name, channel, to)
		}
	}
	for country, want := range map[string]bool{"IN": true, "PT": false} {
		if rules.NeedsApproval(catalog.ChannelSMS, country) != want || !rules.NeedsApproval(catalog.ChannelWhatsApp, country) || rules.NeedsApproval(catalog.ChannelEmail, country) {
			t.Errorf("approval in %s", country)
		}
	}
}

// placed are rules that look at the number.
func placed(r catalog.ChannelRules) catalog.ChannelRules {
	r.CountryOf = func(number string) string {
		switch {
		case strings.HasPrefix(number, "+351"):
			return "PT"
		case strings.HasPrefix(number, "+1876"):
			return "JM"
		default:
			return ""
		}
	}
	return r
}

// TestReach: what cannot be reached is said of the field that is to be mended.
func TestReach(t *testing.T) {
	t.Parallel()
	rules := placed(catalog.ChannelRules{SMS: true, SMSCountries: []string{"PT"}})
	if got := rules.Offered(); !slices.Equal(got, []catalog.Channel{catalog.ChannelEmail, catalog.ChannelSMS}) {
		t.Errorf("offers %v", got)
	}
	for _, c := range []struct {
		channel           catalog.Channel
		told, phone, code string
	}{
		{catalog.ChannelSMS, "+351 912 345 678", "+351912345678", ""},
		{catalog.ChannelSMS, "912 345 678", "", "invalid_phone"},
		{catalog.ChannelSMS, "+999 912 345 678", "", "invalid_phone"},
		{catalog.ChannelSMS, "+1 876 555 1234", "", "country_not_served"},
		{catalog.ChannelWhatsApp, "+351 912 345 678", "", "channel_not_offered"},
		{catalog.ChannelEmail, "+351 912 345 678", "", "channel_not_offered"},
	} {
		phone, err := rules.Reach(c.channel, c.told, "PT")
		var refused *catalog.FieldError
		if errors.As(err, &refused) != (c.code != "") || phone != c.phone || refused != nil && refused.Code != c.code {
			t.Errorf("%s %s: %q, %v", c.channel, c.told, phone, err)
		}
	}
}
