package main

// demoNames is the demo part of local.json.
type demoNames struct {
	DoctorEmail    string `json:"doctor_email"`
	PresenterEmail string `json:"presenter_email"`
	InvitationCode string `json:"invitation_code"` // not used yet
	ProgramID      string `json:"program_id"`
	CourseID       string `json:"course_id"`
	WebinarID      string `json:"webinar_id"`
}

// demoState is how far the demo has come; each step is saved, so that a start
// that was interrupted continues and a restart seeds nothing twice.
type demoState struct {
	demoNames
	AdminID     string   `json:"admin_id,omitempty"`
	PresenterID string   `json:"presenter_id,omitempty"`
	Invitations []string `json:"invitations,omitempty"` // the first is the demo doctor's
	Requested   bool     `json:"requested,omitempty"`   // the doctor asked to be registered
	Seeded      bool     `json:"seeded,omitempty"`      // everything but the recording
	RecordingID string   `json:"recording_id,omitempty"`
	Finished    bool     `json:"finished,omitempty"` // the recording is ready or failed
}
