package notify

import (
	"testing"

	"rounds/catalog"
)

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

// TestCodesForPhonesGoNowhereElse: a code that proves a number goes to it,
// whatever its owner prefers, and never by mail.
func TestCodesForPhonesGoNowhereElse(t *testing.T) {
	t.Parallel()
	phones := &phoneTransport{sent: make(chan Outgoing, 10)}
	b := setup(t, func(c *Config) {
		c.Rules = catalog.ChannelRules{SMS: true, SMSCountries: []string{"PT"}, CountryOf: PhoneCountry}
		c.Transports[catalog.ChannelSMS] = phones
	})
	b.account("ana@example.org", "DE", "+351911111111", "email", "ar", "Europe/Lisbon")
	m := catalog.Message{
		Recipient: "ana@example.org", Kind: catalog.MessagePhoneCode, Values: map[string]string{"code": "123456", "minutes": "10"},
		Only: catalog.Destination{Channel: catalog.ChannelSMS, Address: "+351912345678"},
	}
	b.put(m, nil)
	if got := <-phones.sent; got.To != "+351912345678" || got.Country != "PT" || got.Template.Locale != "ar" {
		t.Errorf("sent %+v", got)
	}
	phones.refuse(&Rejection{Reason: "its owner answered STOP", Address: true})
	b.put(m, nil)
	b.until("given up", `select count(*) = 1 from messages where outcome = 'undeliverable' and given_up_at is not null`)
	b.put(m, nil)
	b.until("given up without asking", `select count(*) = 2 from messages where outcome = 'undeliverable' and given_up_at is not null`)
	if len(b.sent) != 0 {
		t.Errorf("went by mail: %+v", <-b.sent)
	}
}

// TestSecondCodeComesByMail: whoever lost her phone is not kept out.
func TestSecondCodeComesByMail(t *testing.T) {
	t.Parallel()
	phones := &phoneTransport{sent: make(chan Outgoing, 10)}
	b := setup(t, func(c *Config) {
		c.Rules = catalog.ChannelRules{SMS: true, SMSCountries: []string{"PT"}}
		c.Transports[catalog.ChannelSMS] = phones
	})
	b.account("ana@example.org", "PT", "+351912345678", "sms", "pt", "Europe/Lisbon")
	b.put(codeFor("ana@example.org", "111111"), nil)
	if got := <-phones.sent; got.Code != "111111" {
		t.Errorf("sent %+v", got)
	}
	b.until("on record", `select count(*) = 1 from messages where sent_at is not null`)
	b.put(codeFor("ana@example.org", "222222"), nil)
	if got := b.receive(); got.Channel != catalog.ChannelEmail || got.Code != "222222" {
		t.Errorf("sent %+v", got)
	}
	b.until("on record", `select count(*) = 2 from messages where sent_at is not null`)
	b.exec(`update messages set handed_at = now() - interval '20 minutes'`)
	b.put(codeFor("ana@example.org", "333333"), nil)
	if got := <-phones.sent; got.Code != "333333" {
		t.Errorf("sent %+v", got)
	}
}
