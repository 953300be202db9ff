package catalog

// Message is something to be told to a person outside the pages. It is put
// into the outbox in the transaction of whatever caused it and delivered by
// catalog/notify, at most once per Idempotency.
type Message struct {
	Recipient   string      // e-mail address
	Kind        MessageKind // the template
	Locale      string      // BCP 47; the template falls back to English
	Values      map[string]string
	Idempotency string // empty: every call is a message of its own
}

// MessageKind names a template.
type MessageKind string

// The templates, with the Values each needs. base_url, the address of the
// service, is known to all.
const (
	MessageSignInCode   MessageKind = "sign_in_code"   // code, minutes
	MessageRegisterCode MessageKind = "register_code"  // code, minutes, program
	MessageJoinCode     MessageKind = "join_code"      // code, minutes, program: registering with a known address
	MessageInvitation   MessageKind = "invitation"     // code, program, link
	MessagePresenter    MessageKind = "presenter_note" // name, link

	MessageRecordingReady  MessageKind = "recording_ready"  // name, title, filename, webinar_id, published ("yes" or ""), note: what is to be known of it, or ""
	MessageRecordingFailed MessageKind = "recording_failed" // name, title, filename, webinar_id, note: what happened and what to do
)

// Urgent tells whether somebody waits in front of a screen for the message.
func (k MessageKind) Urgent() bool {
	return k == MessageSignInCode || k == MessageRegisterCode || k == MessageJoinCode
}
