package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"rounds/catalog"
)

// service stands for a service on the network: it keeps what it is asked and
// answers what the test says.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []*http.Request
	bodies []map[string]any
	answer func(w http.ResponseWriter)
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil {
			t.Errorf("%s %s: %v: %s", r.Method, r.URL, err, text)
		}
		s.mu.Lock()
		s.asked, s.bodies = append(s.asked, r), append(s.bodies, body)
		answer := s.answer
		s.mu.Unlock()
		answer(w)
	}))
	t.Cleanup(s.Close)
	return s
}

// says answers with a status, a header "Name: value" if any, and a body.
func says(status int, header, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hangsUp ends the connection in the place of an answer.
func hangsUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func (s *service) will(answer func(http.ResponseWriter)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// count is how often it was asked.
func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

func awsConfigFor(s *service) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(s.URL), HTTPClient: s.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "s3cret", ""),
	}
}

func signedFor(service string) *regexp.Regexp {
	return regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/` + service + `/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$`)
}

// dig finds a value in nested objects.
func dig(from any, path ...string) any {
	for _, name := range path {
		object, _ := from.(map[string]any)
		from = object[name]
	}
	return from
}

func TestSES(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.will(says(200, "", `{"MessageId":"ses-1"}`))
	transport := NewSES(awsConfigFor(s), "rounds")
	id, err := transport.Send(t.Context(), mailOf("msg_1"))
	if err != nil || id != "ses-1" {
		t.Fatal(id, err)
	}
	r, body := s.asked[0], s.bodies[0]
	if r.Method+r.URL.Path != "POST/v2/email/outbound-emails" || !signedFor("ses").MatchString(r.Header.Get("Authorization")) {
		t.Errorf("%s %s, %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}
	raw, _ := dig(body, "Content", "Raw", "Data").(string)
	var mail []byte
	if err := json.Unmarshal([]byte(`"`+raw+`"`), &mail); err != nil {
		t.Fatal(err)
	}
	if body["FromEmailAddress"] != "Rounds <no-reply@example.org>" || body["ConfigurationSetName"] != "rounds" ||
		dig(body, "Destination", "ToAddresses").([]any)[0] != "dr@example.org" || !strings.Contains(string(mail), "Message-ID: <msg_1@rounds>") {
		t.Errorf("asked %v\n%s", body, mail)
	}
	for _, c := range []refusal{
		{"too often", says(429, "X-Amzn-ErrorType: TooManyRequestsException", `{"message":"Maximum sending rate exceeded."}`), "slower"},
		{"over quota", says(400, "X-Amzn-ErrorType: LimitExceededException", `{"message":"Daily message quota exceeded."}`), "slower"},
		{"refused", says(400, "X-Amzn-ErrorType: MessageRejected", `{"message":"Email address is not verified."}`), "never"},
		{"paused", says(400, "X-Amzn-ErrorType: SendingPausedException", `{"message":"paused"}`), "again"},
		{"key", says(403, "X-Amzn-ErrorType: InvalidClientTokenId", `{"message":"The security token is invalid"}`), "again"},
		{"broken", says(500, "X-Amzn-ErrorType: InternalServiceErrorException", `{"message":"x"}`), "again"},
		{"no sense", says(503, "", `<html>`), "again"},
		{"no sense, too often", says(429, "", `<html>`), "slower"},
		{"hangs up", hangsUp, "unsure"},
		{"unreadable", says(200, "", `{"MessageId":`), "unsure"},
	} {
		c.run(t, s, transport, mailOf("msg_2"))
	}
	if transport.Repeatable() {
		t.Error("SES is said to keep names")
	}
}

// refusal is an answer and what it means.
type refusal struct {
	name   string
	answer func(http.ResponseWriter)
	want   string
}

func (c refusal) run(t *testing.T, s *service, transport Transport, m Outgoing) {
	t.Helper()
	s.will(c.answer)
	before := s.count()
	_, err := transport.Send(t.Context(), m)
	if err == nil || verdictOf(err) != c.want {
		t.Errorf("%s: %v, want %s", c.name, err, c.want)
		return
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%s: the secret is in %v", c.name, err)
	}
	if asked := s.count(); asked-before != 1 {
		t.Errorf("%s: asked %d times", c.name, asked-before)
	}
}

func textOf(channel catalog.Channel) Outgoing {
	return Outgoing{
		ID: "msg_1", Channel: channel, To: "+919876543210", Text: "123456 is your code", Country: "IN", Code: "123456", Parameters: []string{"123456", "10 \n minutes"},
		Template: catalog.MessageText{Locale: "en-IN", ExternalID: "1107"}, Expires: time.Now().Add(10 * time.Minute),
	}
}

func TestSMS(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.will(says(200, "", `{"MessageId":"sms-1"}`))
	transport := NewSMS(SMSConfig{AWS: awsConfigFor(s), Origin: "ROUNDS", ConfigurationSet: "texts", IndianEntity: "1101"})
	id, err := transport.Send(t.Context(), textOf(catalog.ChannelSMS))
	if err != nil || id != "sms-1" {
		t.Fatal(id, err)
	}
	r, body := s.asked[0], s.bodies[0]
	if r.Header.Get("X-Amz-Target") != "PinpointSMSVoiceV2.SendTextMessage" || !signedFor("sms-voice").MatchString(r.Header.Get("Authorization")) {
		t.Errorf("%s %q", r.Header.Get("X-Amz-Target"), r.Header.Get("Authorization"))
	}
	life, _ := body["TimeToLive"].(float64)
	if body["DestinationPhoneNumber"] != "+919876543210" || body["MessageBody"] != "123456 is your code" || body["MessageType"] != "TRANSACTIONAL" ||
		body["OriginationIdentity"] != "ROUNDS" || body["ConfigurationSetName"] != "texts" || life < 300 || life > 600 ||
		dig(body, "DestinationCountryParameters", "IN_TEMPLATE_ID") != "1107" || dig(body, "DestinationCountryParameters", "IN_ENTITY_ID") != "1101" {
		t.Errorf("asked %v", body)
	}
	elsewhere := textOf(catalog.ChannelSMS)
	elsewhere.Country, elsewhere.To = "PT", "+351912345678"
	if _, err := transport.Send(t.Context(), elsewhere); err != nil || s.bodies[1]["DestinationCountryParameters"] != nil {
		t.Errorf("%v, asked %v", err, s.bodies[1])
	}
	for _, c := range []refusal{
		{"too often", says(400, "", `{"__type":"ThrottlingException","Message":"Rate exceeded"}`), "slower"},
		{"opted out", says(400, "", `{"__type":"ConflictException","Message":"opted out","Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT"}`), "address"},
		{"no such number", says(400, "", `{"__type":"ValidationException","Message":"x","Reason":"FIELD_VALIDATION_FAILED","Fields":[{"Name":"DestinationPhoneNumber","Message":"invalid"}]}`), "address"},
		{"text", says(400, "", `{"__type":"ValidationException","Message":"x","Reason":"FIELD_VALIDATION_FAILED","Fields":[{"Name":"MessageBody","Message":"too long"}]}`), "never"},
		{"no origin", says(400, "", `{"__type":"ConflictException","Message":"x","Reason":"NO_ORIGINATION_IDENTITIES_FOUND"}`), "again"},
		{"spent", says(400, "", `{"__type":"ServiceQuotaExceededException","Message":"x","Reason":"MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"}`), "again"},
		{"broken", says(500, "", `{"__type":"InternalServerException","Message":"x"}`), "again"},
		{"hangs up", hangsUp, "unsure"},
	} {
		c.run(t, s, transport, textOf(catalog.ChannelSMS))
	}
}

func TestWhatsApp(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.will(says(200, "", `{"messaging_product":"whatsapp","contacts":[{"wa_id":"919876543210"}],"messages":[{"id":"wamid.1"}]}`))
	transport := NewWhatsApp(WhatsAppConfig{Client: s.Client(), URL: s.URL + "/v23.0", PhoneNumberID: "1050", Token: "s3cret"})
	id, err := transport.Send(t.Context(), textOf(catalog.ChannelWhatsApp))
	if err != nil || id != "wamid.1" {
		t.Fatal(id, err)
	}
	r, body := s.asked[0], s.bodies[0]
	if r.Method+r.URL.Path != "POST/v23.0/1050/messages" || r.Header.Get("Authorization") != "Bearer s3cret" {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	told, _ := json.Marshal(body)
	if want := `{"biz_opaque_callback_data":"msg_1","messaging_product":"whatsapp","recipient_type":"individual","template":{"components":[{"parameters":[{"text":"123456","type":"text"},{"text":"10 minutes","type":"text"}],"type":"body"}],"language":{"code":"en_IN"},"name":"1107"},"to":"919876543210","type":"template"}`; string(told) != want {
		t.Errorf("asked\n%s, want\n%s", told, want)
	}
	login := textOf(catalog.ChannelWhatsApp)
	login.Template.Category = "AUTHENTICATION"
	if _, err := transport.Send(t.Context(), login); err != nil {
		t.Fatal(err)
	}
	told, _ = json.Marshal(dig(s.bodies[1], "template", "components"))
	if want := `[{"parameters":[{"text":"123456","type":"text"}],"type":"body"},{"index":"0","parameters":[{"text":"123456","type":"text"}],"sub_type":"url","type":"button"}]`; string(told) != want {
		t.Errorf("asked\n%s, want\n%s", told, want)
	}
	fault := func(status, code string) func(http.ResponseWriter) {
		return says(map[string]int{"400": 400, "401": 401, "429": 429, "500": 500}[status], "Retry-After: 7", `{"error":{"message":"x","code":`+code+`,"error_data":{"details":"y"}}}`)
	}
	for _, c := range []refusal{
		{"too often", fault("429", "130429"), "slower"},
		{"pair rate", fault("400", "131056"), "slower"},
		{"not on WhatsApp", fault("400", "131026"), "address"},
		{"no such template", fault("400", "132001"), "never"},
		{"wrong parameters", fault("400", "132000"), "never"},
		{"paused", fault("400", "132015"), "never"},
		{"token", fault("401", "190"), "again"},
		{"broken", fault("500", "131000"), "again"},
		{"no sense", says(502, "", `<html>`), "again"},
		{"no sense, too often", says(429, "", `<html>`), "slower"},
		{"hangs up", hangsUp, "unsure"},
		{"no id", says(200, "", `{}`), "unsure"},
	} {
		c.run(t, s, transport, textOf(catalog.ChannelWhatsApp))
	}
	s.will(fault("429", "130429"))
	_, err = transport.Send(t.Context(), textOf(catalog.ChannelWhatsApp))
	if throttle, ok := throttled(err); !ok || throttle.After != 7*time.Second {
		t.Errorf("pause of %v", err)
	}
}

// TestServiceIsAway: what nobody was asked is tried again.
func TestServiceIsAway(t *testing.T) {
	t.Parallel()
	s := newService(t)
	config := awsConfigFor(s)
	for name, transport := range map[string]Transport{
		"ses": NewSES(config, ""), "sms": NewSMS(SMSConfig{AWS: config}), "whatsapp": NewWhatsApp(WhatsAppConfig{Client: s.Client(), URL: s.URL}),
	} {
		slow, cancel := context.WithCancel(t.Context())
		s.will(func(http.ResponseWriter) { cancel(); <-slow.Done(); panic(http.ErrAbortHandler) })
		if _, err := transport.Send(slow, outgoingFor(name)); err == nil || verdictOf(err) != "unsure" {
			t.Errorf("%s, interrupted: %v", name, err)
		}
		cancel()
	}
	s.Close()
	for name, transport := range map[string]Transport{
		"ses": NewSES(config, ""), "sms": NewSMS(SMSConfig{AWS: config}), "whatsapp": NewWhatsApp(WhatsAppConfig{Client: http.DefaultClient, URL: s.URL}),
	} {
		if _, err := transport.Send(t.Context(), outgoingFor(name)); err == nil || verdictOf(err) != "again" {
			t.Errorf("%s, away: %v", name, err)
		}
	}
}

func outgoingFor(name string) Outgoing {
	if name == "ses" {
		return mailOf("msg_1")
	}
	return textOf(catalog.Channel(name))
}
