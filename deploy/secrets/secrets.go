package secrets

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Reader asks AWS. It is safe for concurrent use.
type Reader struct{ config aws.Config }

// New makes a Reader of the AWS default chain. It asks nobody yet.
func New(ctx context.Context) (*Reader, error) {
	config, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	return &Reader{config}, nil
}

// Secret returns the current value of a secret of Secrets Manager. id is its ARN
// or name; behind a # may stand the field of a secret that is a JSON object of
// strings.
func (r *Reader) Secret(ctx context.Context, id string) (string, error) {
	id, field, wantsField := strings.Cut(id, "#")
	answer, err := secretsmanager.NewFromConfig(r.config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", id, err)
	}
	value := aws.ToString(answer.SecretString)
	if answer.SecretString == nil {
		value = string(answer.SecretBinary)
	}
	if !wantsField {
		return value, nil
	}
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(value), &fields); err != nil {
		return "", fmt.Errorf("secret %s is no JSON object", id) // its text is not shown
	}
	text, ok := fields[field].(string)
	if !ok {
		return "", fmt.Errorf("secret %s has no text %q", id, field)
	}
	return text, nil
}

// Decrypt returns what a key of KMS has encrypted, as `aws kms encrypt` prints it:
// base64. The ciphertext itself names the key.
func (r *Reader) Decrypt(ctx context.Context, ciphertext string) (string, error) {
	blob, err := base64.StdEncoding.DecodeString(strings.TrimSpace(ciphertext))
	if err != nil {
		return "", fmt.Errorf("not in base64: %w", err)
	}
	answer, err := kms.NewFromConfig(r.config).Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: blob})
	if err != nil {
		return "", fmt.Errorf("KMS: %w", err)
	}
	return string(answer.Plaintext), nil
}
