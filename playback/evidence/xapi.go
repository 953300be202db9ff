package evidence

import (
	"crypto/sha1" //nolint:gosec // RFC 9562 §5.5 prescribes it for names; nothing is protected by it
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// IRIs of the xAPI Video Profile v1.0.3 (https://w3id.org/xapi/video) and of the
// verbs that it takes from elsewhere.
const (
	profileVideo      = "https://w3id.org/xapi/video"
	typeVideo         = "https://w3id.org/xapi/video/activity-type/video"
	typeCourse        = "http://adlnet.gov/expapi/activities/course"
	extTime           = "https://w3id.org/xapi/video/extensions/time"
	extProgress       = "https://w3id.org/xapi/video/extensions/progress"
	extPlayedSegments = "https://w3id.org/xapi/video/extensions/played-segments"
	extLength         = "https://w3id.org/xapi/video/extensions/length"
	extThreshold      = "https://w3id.org/xapi/video/extensions/completion-threshold"
	verbCompleted     = "http://adlnet.gov/expapi/verbs/completed"
	verbPaused        = "https://w3id.org/xapi/video/verbs/paused"
	verbWaived        = "https://w3id.org/xapi/adl/verbs/waived" // of cmi5
	verbVoided        = "http://adlnet.gov/expapi/verbs/voided"  // takes a statement back
)

// Speaker says in whose name statements are made.
type Speaker struct {
	BaseURL string // of the service: names activities and is the home page of accounts
	Email   string // names the actor by address instead of account; empty: not told
}

// statement is an xAPI 1.0.3 statement.
type statement struct {
	ID        string   `json:"id"`
	Actor     actor    `json:"actor"`
	Verb      verb     `json:"verb"`
	Object    object   `json:"object"`
	Result    *result  `json:"result,omitempty"`
	Context   *context `json:"context,omitempty"`
	Timestamp string   `json:"timestamp"`
	Version   string   `json:"version"`
}

type actor struct {
	Type    string   `json:"objectType"`
	Mbox    string   `json:"mbox,omitempty"`
	Account *account `json:"account,omitempty"`
}

type account struct {
	HomePage string `json:"homePage"`
	Name     string `json:"name"`
}

type verb struct {
	ID      string            `json:"id"`
	Display map[string]string `json:"display"`
}

type object struct {
	Type       string      `json:"objectType"`
	ID         string      `json:"id"`
	Definition *definition `json:"definition,omitempty"`
}

type definition struct {
	Type string `json:"type"`
}

type result struct {
	Completion *bool          `json:"completion,omitempty"`
	Duration   string         `json:"duration,omitempty"`
	Response   string         `json:"response,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

type context struct {
	Registration string         `json:"registration"`
	Activities   activities     `json:"contextActivities"`
	Platform     string         `json:"platform"`
	Extensions   map[string]any `json:"extensions,omitempty"`
}

type activities struct {
	Parent   []object `json:"parent"`
	Category []object `json:"category"`
}

// Statement tells a record as a statement of the xAPI Video Profile. The actor
// is the account's id on the speaker's home page, the registration stands for
// the enrolment; both, and the statement's id, are always the same for the same
// record, so an export that is sent twice counts once.
//
// A completion is "completed", a waiver "waived" (of cmi5), a revoked waiver
// voids that statement; a completion by a waiver that is taken back is voided too. A retracted import is "paused": the profile's way to
// tell what has been played until then.
func Statement(line Line, by Speaker) ([]byte, error) {
	var r Record
	if err := json.Unmarshal(line.Record, &r); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	s := statement{
		ID: by.uuid("evidence", line.Hash.String()), Actor: by.actor(r), Version: "1.0.3",
		Object:    object{Type: "Activity", ID: by.iri("webinars", string(r.Webinar)), Definition: &definition{Type: typeVideo}},
		Timestamp: r.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Context: &context{
			Registration: by.uuid("enrolments", string(r.Enrolment)), Platform: "Rounds",
			Activities: activities{
				Parent:   []object{{Type: "Activity", ID: by.iri("programs", string(r.Program)), Definition: &definition{Type: typeCourse}}},
				Category: []object{{Type: "Activity", ID: profileVideo}},
			},
		},
	}
	switch r.Kind {
	case Completed, Merged:
		s.tell(r, "completed", verbCompleted)
		if r.Kind == Completed && r.Subject != "" { // so that it can be voided
			s.ID = by.uuid("waived-completions", r.Subject)
		}
	case Retracted:
		s.tell(r, "paused", verbPaused)
	case Waived:
		s.Verb = verb{verbWaived, map[string]string{"en": "waived"}}
		s.ID = by.uuid("waivers", r.Subject)
		s.Result = &result{Completion: boolean(true), Response: r.Reason}
	case WaiverRevoked:
		s.void(by.uuid("waivers", r.Subject))
	case TakenBack:
		s.void(by.uuid("waived-completions", r.Subject))
	default:
		return nil, fmt.Errorf("record of an unknown kind %q", r.Kind)
	}
	return compact(s)
}

// void makes the statement take another one back.
func (s *statement) void(id string) {
	s.Verb = verb{verbVoided, map[string]string{"en": "voided"}}
	s.Object, s.Context = object{Type: "StatementRef", ID: id}, nil
}

// tell adds what was played.
func (s *statement) tell(r Record, word, id string) {
	s.Verb = verb{id, map[string]string{"en": word}}
	s.Result = &result{Response: r.Reason}
	if r.Kind != Retracted {
		s.Result.Completion = boolean(true)
	}
	if r.Rule != nil {
		s.extend(extThreshold, round3(float64(r.Rule.ThresholdHundredths)/10_000))
	}
	if r.Recording == nil || r.Watched == nil {
		return
	}
	s.extend(extLength, round3(float64(r.Recording.DurationMS)/1000))
	played := r.Watched.Union
	s.Result.Duration = isoDuration(played.Total())
	s.Result.Extensions = map[string]any{
		extTime: 0.0, extProgress: progress(played.Total(), r.Recording.DurationMS), extPlayedSegments: PlayedSegments(played),
	}
	if n := len(played); n > 0 {
		s.Result.Extensions[extTime] = round3(float64(played[n-1][1]) / 1000)
	}
}

func (s *statement) extend(iri string, value any) {
	if s.Context.Extensions == nil {
		s.Context.Extensions = map[string]any{}
	}
	s.Context.Extensions[iri] = value
}

// PlayedSegments spells ranges as the profile does (§ 2.5.4.4): seconds with
// three decimals, "[.]" between the ends of one, "[,]" between two.
func PlayedSegments(spans Spans) string {
	parts := make([]string, 0, len(spans))
	for _, span := range spans {
		parts = append(parts, decimal(span[0])+"[.]"+decimal(span[1]))
	}
	return strings.Join(parts, "[,]")
}

// decimal is seconds with three decimals.
func decimal(ms int64) string {
	return strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64)
}

// isoDuration is ISO 8601, as result.duration wants it; at most hundredths.
func isoDuration(ms int64) string {
	return "PT" + strconv.FormatFloat(float64(ms/10)/100, 'f', -1, 64) + "S"
}

// progress is the share played, 0 to 1 with at most three decimals, cut.
func progress(ms, of int64) float64 {
	if of <= 0 {
		return 0
	}
	return float64(min(ms, of)*1000/of) / 1000
}

func round3(v float64) float64 { return math.Round(v*1000) / 1000 }

func boolean(b bool) *bool { return &b }

func (s Speaker) actor(r Record) actor {
	if s.Email != "" {
		return actor{Type: "Agent", Mbox: "mailto:" + s.Email}
	}
	return actor{Type: "Agent", Account: &account{HomePage: s.BaseURL, Name: string(r.Account)}}
}

func (s Speaker) iri(kind, id string) string { return s.BaseURL + "/" + kind + "/" + id }

// uuid is version 5 of RFC 9562 in the namespace for URLs.
func (s Speaker) uuid(kind, id string) string {
	space := [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	sum := sha1.Sum(append(space[:], s.iri(kind, id)...)) //nolint:gosec // see the import
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
