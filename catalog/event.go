package catalog

import "time"

// EventType names what happened, for other systems.
type EventType string

// The events. Their data hold ids and titles, never addresses or names of
// people: the endpoint asks the API for what it may know.
const (
	EventRecordingReady    EventType = "recording.ready"    // recording_id, webinar_id, title, published
	EventRecordingFailed   EventType = "recording.failed"   // recording_id, webinar_id, title, code
	EventAccountRegistered EventType = "account.registered" // account_id
	EventCourseCompleted   EventType = "course.completed"   // enrolment_id, account_id, program_id, course_id, title
	EventProgramCompleted  EventType = "program.completed"  // enrolment_id, account_id, program_id, title
	EventCertificateIssued EventType = "certificate.issued" // certificate_id, enrolment_id, account_id, program_id, title
)

// EventTypes are all there are.
var EventTypes = []EventType{
	EventRecordingReady, EventRecordingFailed, EventAccountRegistered, EventCourseCompleted, EventProgramCompleted, EventCertificateIssued,
}

// Event is something that happened.
type Event struct {
	ID   string // "evt_…": the webhook-id of each of its deliveries
	Type EventType
	At   time.Time
	Data map[string]any
}

// WebhookEndpoint is where events are sent to.
type WebhookEndpoint struct {
	ID             string // "whe_…"
	URL            string
	Description    string
	EventTypes     []EventType // none: all
	SealedSecret   []byte
	SealedOld      []byte     // signs beside the secret until OldUntil
	OldUntil       *time.Time //
	Version        int        // the ETag
	CreatedBy      string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	FailingSince   *time.Time // no delivery has succeeded since
	DisabledAt     *time.Time
	DisabledReason string
}

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead" // tried for days; a dead letter
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID            string // "whd_…"
	EndpointID    string
	Event         Event
	State         DeliveryState
	Attempts      int // since it was asked for, or asked for again
	NextAttemptAt time.Time
	DeliveredAt   *time.Time
	LastStatus    int // of the answer; 0: there was none
	LastError     string
}

// DeliveryAttempt is one line of the delivery log.
type DeliveryAttempt struct {
	At     time.Time
	TookMS int
	Status int // 0: there was no answer
	Error  string
	Answer string // its beginning
}

// DeliveryFilter narrows a list of deliveries; empty fields do not.
type DeliveryFilter struct {
	EndpointID string
	State      DeliveryState
	EventID    string
}

// ClaimedDelivery is a delivery that a sender has in hand.
type ClaimedDelivery struct {
	ID, Claim string
	Attempts  int // with this one
	Event     Event
	Endpoint  WebhookEndpoint
}
