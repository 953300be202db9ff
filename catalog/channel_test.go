package catalog_test

import (
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
		"sms":              {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+351 912 345-678", Country: "PT"}, catalog.ChannelSMS, "+351912345678"},
		"sms elsewhere":    {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+49 151 1234567", Country: "DE"}, catalog.ChannelEmail, ""},
		"no country code":  {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "0912345678", Country: "PT"}, catalog.ChannelEmail, ""},
		"whatsapp":         {rules, catalog.MessageRecordingReady, catalog.Reader{Channel: catalog.ChannelWhatsApp, Phone: "+49 (151) 1234567", Country: "DE"}, catalog.ChannelWhatsApp, "+491511234567"},
		"not set up":       {catalog.ChannelRules{}, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelWhatsApp, Phone: "+491511234567"}, catalog.ChannelEmail, ""},
		"proves the email": {rules, catalog.MessageRegisterCode, catalog.Reader{Channel: catalog.ChannelSMS, Phone: "+351912345678", Country: "PT"}, catalog.ChannelEmail, ""},
		"prefers mail":     {rules, catalog.MessageSignInCode, catalog.Reader{Channel: catalog.ChannelEmail, Phone: "+351912345678", Country: "PT"}, catalog.ChannelEmail, ""},
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
