package catalog

// What a doctor is told about her request to a spot-registration window.
const (
	MessageEventAdmitted MessageKind = "event_admitted" // event, program, code, link
	MessageEventRefused  MessageKind = "event_refused"  // event, program, reason: of the moderator, or ""
)
