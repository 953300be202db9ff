package catalog

import (
	"slices"
	"time"
)

// Message is something to be told to a person outside the pages. It is put
// into the outbox in the transaction of whatever caused it and delivered by
// catalog/notify, at most once per Idempotency. It is told in the language, the
// time zone and by the channel of the account that has the address, if one has.
type Message struct {
	Recipient   string      // e-mail address
	Kind        MessageKind // the template
	Locale      string      // BCP 47; the template falls back to English
	Program     ProgramID   // whose brand a mail has; empty: that of Rounds
	Values      map[string]string
	Times       map[string]time.Time // values that are times; readers see them on their own clock
	Idempotency string               // empty: every call is a message of its own
	Expires     time.Time            // not sent after that; zero: the life of its kind
	Only        Destination          // where it goes, whatever its reader prefers; the zero value: as she prefers
}

// Destination is one address of one channel.
type Destination struct {
	Channel Channel
	Address string
}

// MessageKind names a template.
type MessageKind string

// The templates; MessageKinds has the values each needs. base_url, the address
// of the service, is known to all.
const (
	MessageSignInCode   MessageKind = "sign_in_code"
	MessageRegisterCode MessageKind = "register_code"
	MessageJoinCode     MessageKind = "join_code"  // registering with a known address
	MessagePhoneCode    MessageKind = "phone_code" // confirming a phone number
	MessageInvitation   MessageKind = "invitation"
	MessagePresenter    MessageKind = "presenter_note"
	MessageHelp         MessageKind = "help_request" // to a program's support

	MessageRecordingReady  MessageKind = "recording_ready"  // published: "yes" or ""; note: what is to be known of it, or ""
	MessageRecordingFailed MessageKind = "recording_failed" // note: what happened and what to do

	MessageWebhookDisabled MessageKind = "webhook_disabled" // failing_since is a time
	MessageChecksRed       MessageKind = "checks_red"       // to administrators: what turned red, and what to do
)

// MessageKindInfo says what a kind is made of.
type MessageKindInfo struct {
	Kind   MessageKind
	Called string            // what people call it: the Text of a Sentence
	Urgent bool              // somebody waits in front of a screen
	Proves bool              // it proves the e-mail address, so it goes there and nowhere else
	Phone  bool              // it proves a phone number, so it never goes by mail
	Sample map[string]string // every value it is given, as an example
	Times  []string          // those of Sample that are times, in RFC 3339
}

// ValueProgram names the title of a program among what a message tells.
const ValueProgram = "program"

const (
	sampleName    = "Dr Ana López"
	sampleProgram = "Certificate in Cardiology"
)

// MessageKinds are all kinds there are.
var MessageKinds = []MessageKindInfo{
	{Kind: MessageSignInCode, Called: "code to sign in", Urgent: true, Sample: map[string]string{"code": "123456", "minutes": "10"}},
	{Kind: MessageRegisterCode, Called: "code to register", Urgent: true, Proves: true, Sample: map[string]string{"code": "123456", "minutes": "10", ValueProgram: sampleProgram}},
	{Kind: MessageJoinCode, Called: "code to join another program", Urgent: true, Proves: true, Sample: map[string]string{"code": "123456", "minutes": "10", ValueProgram: sampleProgram}},
	{Kind: MessageInvitation, Called: "invitation", Proves: true, Sample: map[string]string{
		"code": "7K3M-0ZQX-H2RD-9WVB", ValueProgram: sampleProgram, "link": "https://learn.example.org/register?code=7K3M-0ZQX-H2RD-9WVB",
	}},
	{Kind: MessagePresenter, Called: "note to a presenter", Sample: map[string]string{"name": sampleName, "link": "https://learn.example.org/presenter"}},
	{Kind: MessageHelp, Called: "request for help", Proves: true, Sample: map[string]string{
		"name": sampleName, "email": "ana.lopez@hospital.example", "account_id": "acc_01k", ValueProgram: sampleProgram,
		"text": "The video stops after a minute.", "page": "/webinars/web_01k", "device": "Chrome on Windows",
	}},
	{Kind: MessageRecordingReady, Called: "recording is ready", Sample: map[string]string{
		"name": sampleName, "title": "Beta blockers", "filename": "talk.mp4", "webinar_id": "web_01k", "published": "yes", "note": "There is no sound.",
	}},
	{Kind: MessageRecordingFailed, Called: "recording cannot be used", Sample: map[string]string{
		"name": sampleName, "title": "Beta blockers", "filename": "talk.mp4", "webinar_id": "web_01k", "note": "The file is damaged. Please export it again.",
	}},
	{Kind: MessageQuestionAnswered, Called: "answer to a question", Sample: map[string]string{"name": sampleName, "title": "Beta blockers", "webinar": "web_01k"}},
	{Kind: MessageEventAdmitted, Called: "admitted to an event", Proves: true, Sample: map[string]string{
		"event": "Cardiology day, Lisbon", ValueProgram: sampleProgram, "code": "7K3M-0ZQX-H2RD-9WVB", "link": "https://learn.example.org/sign-in",
	}},
	{Kind: MessageEventRefused, Called: "refused at an event", Sample: map[string]string{"event": "Cardiology day, Lisbon", ValueProgram: sampleProgram, "reason": "Not on our list."}},
	{Kind: MessageWebhookDisabled, Called: "webhook was switched off", Sample: map[string]string{
		"name": sampleName, "url": "https://lms.example.org/hooks", "reason": "It answered 500.", "failing_since": "2026-03-02T14:04:00Z",
	}, Times: []string{"failing_since"}},
	{Kind: MessageAddressChanged, Called: "address was changed", Proves: true, Sample: map[string]string{"name": sampleName, "old_email": "ana@hospital.example", "new_email": "ana.lopez@hospital.example"}},
	{Kind: MessageAddressLinked, Called: "address was linked", Proves: true, Sample: map[string]string{"name": sampleName, "email": "ana.lopez@hospital.example", "added": "ana@mail.example"}},
	{Kind: MessageAccountsMerged, Called: "accounts were merged", Proves: true, Sample: map[string]string{"name": sampleName, "email": "ana.lopez@hospital.example", "merged": "ana@mail.example"}},
	{Kind: MessageDataErased, Called: "data was erased", Proves: true, Sample: map[string]string{"name": sampleName}},
	{Kind: MessagePhoneChosen, Called: "phone was chosen", Proves: true, Sample: map[string]string{"name": sampleName, "ending": "678", "codes": "yes"}},
	{Kind: MessagePhoneCode, Called: "code to confirm a phone", Urgent: true, Phone: true, Sample: map[string]string{"code": "123456", "minutes": "10"}},
	{Kind: MessageChecksRed, Called: "checks turned red", Sample: map[string]string{
		"name": sampleName, "host": "api-1", "checks": "disk: /var/lib/rounds: 3 % free (2.1 GiB).\nRemove what is not needed there (deploy/runbooks/RoundsDiskFilling.md)",
	}},
	{Kind: MessageErasureRefused, Called: "erasure was refused", Proves: true, Sample: map[string]string{"name": sampleName, "note": "Your certificate is still being issued."}},
}

// Info is what is known of a kind; ok is false when there is no such kind.
func (k MessageKind) Info() (info MessageKindInfo, ok bool) {
	i := slices.IndexFunc(MessageKinds, func(info MessageKindInfo) bool { return info.Kind == k })
	if i < 0 {
		return info, false
	}
	return MessageKinds[i], true
}

// Named is what people call the kind.
func (k MessageKind) Named() Sentence {
	info, ok := k.Info()
	if !ok {
		return Say("%s", string(k))
	}
	return Say(info.Called)
}

// Urgent tells whether somebody waits in front of a screen for the message.
func (k MessageKind) Urgent() bool {
	info, _ := k.Info()
	return info.Urgent
}
