package notify

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: as Amazon has it
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

const (
	snsTopic = "arn:aws:sns:eu-west-1:123456789012:ses"
	snsCert  = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
)

// amazon stands for SNS: it has the certificate and notes what is asked of it.
type amazon struct {
	key   *rsa.PrivateKey
	pem   []byte
	asked []string
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &amazon{key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// RoundTrip implements http.RoundTripper.
func (a *amazon) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, r.URL.String())
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(a.pem)), Request: r}, nil
}

// sign makes the body that SNS posts, as the documentation of its signatures says.
func (a *amazon) sign(t *testing.T, fields map[string]string, version string) []byte {
	t.Helper()
	order := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if fields["Type"] != "Notification" {
		order = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var text strings.Builder
	for _, name := range order {
		if value, there := fields[name]; there {
			text.WriteString(name + "\n" + value + "\n")
		}
	}
	sum1 := sha1.Sum([]byte(text.String())) //nolint:gosec // G401: as Amazon has it
	sum2 := sha256.Sum256([]byte(text.String()))
	hash, sum := crypto.SHA1, sum1[:]
	if version == "2" {
		hash, sum = crypto.SHA256, sum2[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, hash, sum)
	if err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(fields)
	all["SignatureVersion"], all["Signature"] = version, base64.StdEncoding.EncodeToString(signature)
	if all["SigningCertURL"] == "" {
		all["SigningCertURL"] = snsCert
	}
	body, _ := json.Marshal(all)
	return body
}

func notification(message string) map[string]string {
	return map[string]string{"Type": "Notification", "MessageId": "m1", "TopicArn": snsTopic, "Timestamp": "2026-11-23T07:00:00.000Z", "Message": message}
}

const permanentBounce = `{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"Nobody@Example.org","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"messageId":"ses-1"}}`

// TestBounces: what SES says for good marks addresses, in both forms it is said in.
func TestBounces(t *testing.T) {
	t.Parallel()
	sns := newAmazon(t)
	b := &SNS{Topic: snsTopic, HTTP: &http.Client{Transport: sns}}
	for _, c := range []struct{ name, message, reason, address string }{
		{"bounce", permanentBounce, "bounce", "nobody@example.org"},
		{"event", strings.Replace(permanentBounce, "notificationType", "eventType", 1), "bounce", "nobody@example.org"},
		{"complaint", `{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"cross@example.org"}],"complaintFeedbackType":"abuse"},"mail":{"messageId":"ses-1"}}`, "complaint", "cross@example.org"},
		{"full mailbox", strings.Replace(permanentBounce, "Permanent", "Transient", 1), "", ""},
		{"delivery", `{"notificationType":"Delivery"}`, "", ""},
		{"words", `Successfully validated SNS topic for Amazon SES event publishing.`, "", ""},
	} {
		for _, version := range []string{"1", "2"} {
			fields := notification(c.message)
			fields["Subject"] = "Amazon SES"
			provider, notes, err := b.Bounces(t.Context(), sns.sign(t, fields, version))
			if err != nil {
				t.Errorf("%s, version %s: %v", c.name, version, err)
				continue
			}
			if c.reason == "" {
				if len(notes) > 0 {
					t.Errorf("%s: noted %+v", c.name, notes)
				}
				continue
			}
			if len(notes) != 1 || notes[0].Reason != c.reason || notes[0].Address != c.address || notes[0].Channel != catalog.ChannelEmail || provider != "ses-1" {
				t.Errorf("%s: %q %+v", c.name, provider, notes)
			}
		}
	}
	if len(sns.asked) != 1 {
		t.Errorf("the certificate was fetched %d times", len(sns.asked))
	}
}

// TestForgedBounces: whoever is not SNS on our topic can mark nothing, and sends
// us nowhere.
func TestForgedBounces(t *testing.T) {
	t.Parallel()
	sns, stranger := newAmazon(t), newAmazon(t)
	change := func(name, value string) map[string]string {
		fields := notification(permanentBounce)
		fields[name] = value
		return fields
	}
	forged := map[string][]byte{
		"not JSON":         []byte("hello"),
		"nothing":          nil,
		"another key":      stranger.sign(t, notification(permanentBounce), "2"),
		"another topic":    sns.sign(t, change("TopicArn", "arn:aws:sns:eu-west-1:999999999999:mine"), "2"),
		"another host":     sns.sign(t, change("SigningCertURL", "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"), "2"),
		"a host in a path": sns.sign(t, change("SigningCertURL", "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem"), "2"),
		"a name before @":  sns.sign(t, change("SigningCertURL", "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem"), "2"),
		"plain http":       sns.sign(t, change("SigningCertURL", "http://sns.eu-west-1.amazonaws.com/x.pem"), "2"),
		"changed":          bytes.Replace(sns.sign(t, notification(permanentBounce), "2"), []byte("Nobody"), []byte("Anyone"), 1),
		"unknown version":  bytes.Replace(sns.sign(t, notification(permanentBounce), "2"), []byte(`"SignatureVersion":"2"`), []byte(`"SignatureVersion":"3"`), 1),
		"no base64":        bytes.Replace(sns.sign(t, notification(permanentBounce), "2"), []byte(`"Signature":"`), []byte(`"Signature":"!`), 1),
	}
	for name, body := range forged {
		b := &SNS{Topic: snsTopic, HTTP: &http.Client{Transport: sns}}
		_, notes, err := b.Bounces(t.Context(), body)
		if field := (*catalog.FieldError)(nil); !errors.As(err, &field) || len(notes) > 0 {
			t.Errorf("%s: %v %+v", name, err, notes)
		}
	}
	for _, asked := range sns.asked {
		if asked != snsCert {
			t.Errorf("asked %s", asked)
		}
	}
}

// TestSubscription: the topic's subscription is confirmed at Amazon, and nowhere else.
func TestSubscription(t *testing.T) {
	t.Parallel()
	sns := newAmazon(t)
	b := &SNS{Topic: snsTopic, HTTP: &http.Client{Transport: sns}}
	fields := notification("You have chosen to subscribe")
	fields["Type"], fields["Token"], fields["SubscribeURL"] = "SubscriptionConfirmation", "t", "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
	if _, _, err := b.Bounces(t.Context(), sns.sign(t, fields, "1")); err != nil || len(sns.asked) != 2 || sns.asked[1] != fields["SubscribeURL"] {
		t.Errorf("%v, asked %v", err, sns.asked)
	}
	fields["SubscribeURL"] = "https://evil.example/"
	if _, _, err := b.Bounces(t.Context(), sns.sign(t, fields, "1")); err == nil || len(sns.asked) != 2 {
		t.Errorf("%v, asked %v", err, sns.asked)
	}
}
