//go:build aws

package notify_test

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"rounds/catalog/notify"
)

// TestSESTakesMail sends a mail through an emulator of AWS, which refuses senders
// that were not verified, as SES does.
func TestSESTakesMail(t *testing.T) {
	t.Parallel()
	address := os.Getenv("AWS_ENDPOINT_URL")
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Fatalf("AWS_ENDPOINT_URL is %q: run `make deploy-check`, which starts an emulator of AWS on this machine", address)
	}
	aws, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mail := notify.Outgoing{ID: "msg_1", From: "rounds@example.org", To: "doctor@example.org", Subject: "Your code", Text: "123456\n"}
	transport := notify.NewSES(aws, "")
	if _, err := transport.Send(t.Context(), mail); err == nil {
		t.Error("a sender that was not verified may send")
	}
	identity := "example.org"
	if _, err := sesv2.NewFromConfig(aws).CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: &identity}); err != nil {
		t.Fatal(err)
	}
	id, err := transport.Send(t.Context(), mail)
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
}
