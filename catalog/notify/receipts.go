package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rounds/catalog"
)

// smsEvent is what AWS End User Messaging says of a text, straight or by way of
// Amazon EventBridge:
// https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html.
type smsEvent struct {
	EventType                string            `json:"eventType"`
	EventTimestamp           int64             `json:"eventTimestamp"` // ms
	MessageID                string            `json:"messageId"`
	MessageStatus            string            `json:"messageStatus"`
	MessageStatusDescription string            `json:"messageStatusDescription"`
	Context                  map[string]string `json:"context"`
	Detail                   *smsEvent         `json:"detail"`
}

// Events of a text. Whatever else there is says that it goes on.
var (
	smsOnItsWay = []string{"TEXT_QUEUED", "TEXT_PENDING", "TEXT_SENT", "TEXT_SUCCESSFUL"} // the last: the carrier has it
	smsFailed   = []string{
		"TEXT_INVALID", "TEXT_INVALID_MESSAGE", "TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_BLOCKED", "TEXT_CARRIER_BLOCKED",
		"TEXT_SPAM", "TEXT_TTL_EXPIRED", "TEXT_PROTECT_BLOCKED",
	}
)

// readSMSEvent reads an event; nothing of what is none, or says nothing.
func readSMSEvent(message []byte) []catalog.Receipt {
	var e smsEvent
	if json.Unmarshal(message, &e) != nil {
		return nil // SNS also tells that the topic was connected, in words
	}
	if e.Detail != nil {
		e = *e.Detail
	}
	r := catalog.Receipt{
		Channel: catalog.ChannelSMS, ProviderID: e.MessageID, MessageID: e.Context["message_id"], At: time.UnixMilli(e.EventTimestamp),
		DeadNumber: e.EventType == "TEXT_INVALID",
	}
	switch {
	case e.MessageID == "":
		return nil
	case e.EventType == "TEXT_DELIVERED":
		r.State = catalog.ReceiptDelivered
	case slices.Contains(smsOnItsWay, e.EventType):
		r.State = catalog.ReceiptSent
	case slices.Contains(smsFailed, e.EventType):
		r.State, r.Detail = catalog.ReceiptFailed, said(e.MessageStatus, e.MessageStatusDescription)
	default: // TEXT_UNKNOWN: the carrier never said
		return nil
	}
	return []catalog.Receipt{r}
}

// longestDetail bounds what is kept of a service's words.
const longestDetail = 500

func said(words ...string) string {
	text := strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), ": ")
	return strings.ToValidUTF8(text[:min(len(text), longestDetail)], "")
}

// WhatsAppHook reads what WhatsApp's Cloud API posts to us:
// https://developers.facebook.com/docs/graph-api/webhooks/getting-started.
type WhatsAppHook struct {
	AppSecret   string // signs what is posted
	VerifyToken string // by which WhatsApp's settings prove that they are ours
}

// Challenge tells whether a subscription is ours to be confirmed.
func (h WhatsAppHook) Challenge(mode, token string) bool {
	return h.VerifyToken != "" && mode == "subscribe" && subtle.ConstantTimeCompare([]byte(token), []byte(h.VerifyToken)) == 1
}

// waNotification is what is posted; messages of people are in it too, and left.
type waNotification struct {
	Entry []struct {
		Changes []struct {
			Value struct {
				Statuses []waStatus `json:"statuses"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

type waStatus struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	Timestamp    string `json:"timestamp"` // seconds
	CallbackData string `json:"biz_opaque_callback_data"`
	Errors       []struct {
		Code      int    `json:"code"`
		Title     string `json:"title"`
		ErrorData struct {
			Details string `json:"details"`
		} `json:"error_data"`
	} `json:"errors"`
}

// Receipts verifies the signature (X-Hub-Signature-256) over the body in its
// bytes and returns what it says of our messages. A *catalog.FieldError says
// that it is not genuine.
func (h WhatsAppHook) Receipts(body []byte, signature string) ([]catalog.Receipt, error) {
	mac := hmac.New(sha256.New, []byte(h.AppSecret))
	_, _ = mac.Write(body) // a hash takes everything
	told, err := hex.DecodeString(strings.TrimPrefix(signature, "sha256="))
	if err != nil || h.AppSecret == "" || !strings.HasPrefix(signature, "sha256=") || !hmac.Equal(told, mac.Sum(nil)) {
		return nil, errForgedHook
	}
	var n waNotification
	if json.Unmarshal(body, &n) != nil {
		return nil, nil //nolint:nilerr // it is WhatsApp's, and in no form that we know
	}
	var receipts []catalog.Receipt
	for _, entry := range n.Entry {
		for _, change := range entry.Changes {
			for _, status := range change.Value.Statuses {
				if r, ok := status.receipt(); ok {
					receipts = append(receipts, r)
				}
			}
		}
	}
	return receipts, nil
}

var errForgedHook error = &catalog.FieldError{Field: "body", Code: "not_genuine", Message: "This is no message of WhatsApp to this service."}

func (s waStatus) receipt() (catalog.Receipt, bool) {
	seconds, err := strconv.ParseInt(s.Timestamp, 10, 64)
	state := catalog.ReceiptState(s.Status)
	if err != nil || s.ID == "" || !slices.Contains(catalog.ReceiptStates, state) {
		return catalog.Receipt{}, false
	}
	r := catalog.Receipt{Channel: catalog.ChannelWhatsApp, ProviderID: s.ID, MessageID: s.CallbackData, State: state, At: time.Unix(seconds, 0)}
	if state == catalog.ReceiptFailed {
		for _, e := range s.Errors {
			r.Detail = said(r.Detail, fmt.Sprintf("%d %s", e.Code, e.Title), e.ErrorData.Details)
			r.DeadNumber = r.DeadNumber || slices.Contains(waNoAddress, e.Code)
		}
	}
	return r, true
}
