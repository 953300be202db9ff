//go:build aws

package secrets_test

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rounds/deploy/secrets"
)

// emulator returns the configuration of the emulator that deploy/check runs. Real
// accounts are never asked.
func emulator(t *testing.T) aws.Config {
	t.Helper()
	if address := os.Getenv("AWS_ENDPOINT_URL"); !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Fatalf("AWS_ENDPOINT_URL is %q: run `make deploy-check`, which starts an emulator of AWS on this machine", address)
	}
	c, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSecretOfSecretsManager(t *testing.T) {
	t.Parallel()
	client := secretsmanager.NewFromConfig(emulator(t))
	made, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("rounds/database"), SecretString: aws.String(`{"username":"rounds","password":"p#ss","port":5432}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := secrets.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		*made.ARN:                  `{"username":"rounds","password":"p#ss","port":5432}`,
		*made.ARN + "#password":    "p#ss",
		"rounds/database#username": "rounds",
	} {
		if got, err := reader.Secret(t.Context(), id); err != nil || got != want {
			t.Errorf("%s: %q, %v", id, got, err)
		}
	}
	for id, want := range map[string]string{"rounds/none": "ResourceNotFound", "rounds/database#port": "has no text", "rounds/database#x": "has no text"} {
		if _, err := reader.Secret(t.Context(), id); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "p#ss") {
			t.Errorf("%s: %v, want %q", id, err, want)
		}
	}
}

func TestValueEncryptedByKMS(t *testing.T) {
	t.Parallel()
	client := kms.NewFromConfig(emulator(t))
	key, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: []byte("the master key")})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := secrets.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := reader.Decrypt(t.Context(), base64.StdEncoding.EncodeToString(wrapped.CiphertextBlob)+"\n")
	if err != nil || got != "the master key" {
		t.Errorf("%q, %v", got, err)
	}
	for _, wrong := range []string{"no base64!", base64.StdEncoding.EncodeToString([]byte("another thing"))} {
		if _, err := reader.Decrypt(t.Context(), wrong); err == nil {
			t.Errorf("%q was decrypted", wrong)
		}
	}
}
