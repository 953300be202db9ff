package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"rounds/deploy/secrets"
)

// elsewhere finds settings that are not in the environment themselves. For each
// setting NAME there are
//
//	NAME_FILE      a file that holds the value, such as a secret of a container
//	NAME_SECRET    a secret of AWS Secrets Manager: ARN or name, or ARN#field
//	NAME_KMS_FILE  a file that holds the value encrypted by AWS KMS, in base64
type elsewhere struct {
	ctx      context.Context // kong hands none on
	settings map[string]bool // that exist: ROUNDS_MASTER_KEY_FILE is one of its own
}

// Validate implements kong.Resolver; kong calls it after Resolve.
func (e *elsewhere) Validate(*kong.Application) error { return nil }

// learn notes which settings there are.
func (e *elsewhere) learn(app *kong.Application) {
	e.settings = map[string]bool{}
	for _, s := range collectSettings(app.Node) {
		e.settings[s.env] = true
	}
}

// Resolve implements kong.Resolver. It returns nil for what is given nowhere else.
func (e *elsewhere) Resolve(c *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if e.settings == nil {
		e.learn(c.Model)
	}
	for _, name := range flag.Envs {
		var value any
		given := ""
		if _, here := os.LookupEnv(name); here {
			given = name
		}
		for suffix, read := range map[string]func(string) (string, error){"_FILE": readValue, "_SECRET": e.secret, "_KMS_FILE": e.decrypt} {
			from, there := os.LookupEnv(name + suffix)
			if !there || from == "" || e.settings[name+suffix] {
				continue
			}
			if given != "" {
				return nil, fmt.Errorf("%s and %s: give one of them", given, name+suffix)
			}
			text, err := read(from)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name+suffix, err)
			}
			given, value = name+suffix, strings.TrimSpace(text)
		}
		if value != nil {
			return value, nil
		}
	}
	return nil, nil
}

func readValue(path string) (string, error) {
	text, err := os.ReadFile(path)
	return string(text), err
}

func (e *elsewhere) secret(id string) (string, error) {
	return readSecret(e.ctx, id)
}

func (e *elsewhere) decrypt(path string) (string, error) {
	ciphertext, err := readValue(path)
	if err != nil {
		return "", err
	}
	reader, err := secrets.New(e.ctx)
	if err != nil {
		return "", err
	}
	return reader.Decrypt(e.ctx, ciphertext)
}
