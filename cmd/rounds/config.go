package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithy "github.com/aws/smithy-go/middleware"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
)

// databaseConfig says where PostgreSQL is.
type databaseConfig struct {
	DatabaseURL string         `required:"" env:"ROUNDS_DATABASE_URL" help:"PostgreSQL 15 or newer, as postgres://user:password@host/name. Give it by environment: it holds a password."`
	Password    passwordConfig `embed:""`
	MaxConns    int32          `name:"database-max-conns" default:"16" help:"Most connections to PostgreSQL of this process."`
}

// open connects a pool, which sees may watch. It does not fail when the server is
// away: requests do until it is back.
func (c databaseConfig) open(ctx context.Context, sees ...func(*pgxpool.Config)) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(c.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_DATABASE_URL: not a PostgreSQL address (the value is not shown, it may hold a password)")
	}
	config.MaxConns = c.MaxConns
	// Short statements in great number: PostgreSQL's compiler, on by default, would
	// spend a tenth of a second on each call of a function whose rows it overestimates.
	config.ConnConfig.RuntimeParams["jit"] = "off"
	if err := c.Password.follow(config); err != nil {
		return nil, err
	}
	for _, see := range sees {
		see(config)
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// storageConfig says where S3 is.
type storageConfig struct {
	S3Endpoint   string `name:"s3-endpoint" env:"ROUNDS_S3_ENDPOINT" help:"Address of an S3 gateway; empty means AWS."`
	S3Region     string `name:"s3-region" env:"ROUNDS_S3_REGION" default:"us-east-1" help:"AWS region of the buckets."`
	S3AccessKey  string `name:"s3-access-key" env:"ROUNDS_S3_ACCESS_KEY" help:"Access key; empty means the AWS default chain (instance role)."`
	S3SecretKey  string `name:"s3-secret-key" env:"ROUNDS_S3_SECRET_KEY" help:"Secret key; give it by environment."`
	UploadBucket string `env:"ROUNDS_UPLOAD_BUCKET" default:"rounds-uploads" help:"Bucket that presenters' files go to; never an origin of a delivery."`
	MediaBucket  string `env:"ROUNDS_MEDIA_BUCKET" default:"rounds-media" help:"Bucket that renditions are served from."`
}

// client makes an S3 client, whose calls sees may watch; path-style addresses
// when an endpoint is given.
func (c storageConfig) client(ctx context.Context, sees ...func(*smithy.Stack) error) (*s3.Client, error) {
	options := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(c.S3Region)}
	if (c.S3AccessKey == "") != (c.S3SecretKey == "") {
		return nil, fmt.Errorf("ROUNDS_S3_ACCESS_KEY and ROUNDS_S3_SECRET_KEY: give both or none")
	}
	if c.S3AccessKey != "" {
		options = append(options, awsconfig.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(c.S3AccessKey, c.S3SecretKey, "")))
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	return s3.NewFromConfig(config, func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, sees...)
		o.DisableLogOutputChecksumValidationSkipped = true // gateways send none; it would be a line an object
		if c.S3Endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = aws.String(c.S3Endpoint), true
		}
	}), nil
}

// sealConfig names the key that seals small secrets in the database.
type sealConfig struct {
	MasterKeyFile string `type:"existingfile" env:"ROUNDS_MASTER_KEY_FILE" help:"File with 32 bytes in base64 that seal content keys and outgoing codes (rounds admin keygen makes one)."`
	MasterKey     string `env:"ROUNDS_MASTER_KEY" help:"The same without a file; best by ROUNDS_MASTER_KEY_SECRET or ROUNDS_MASTER_KEY_KMS_FILE."`
}

// read returns the 32 bytes.
func (c sealConfig) read() ([]byte, error) {
	text, err := oneOf("ROUNDS_MASTER_KEY", c.MasterKeyFile, c.MasterKey)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("ROUNDS_MASTER_KEY_FILE or ROUNDS_MASTER_KEY: not 32 bytes in base64")
	}
	return key, nil
}

// oneOf returns a key that stands in a file or in the setting itself.
func oneOf(name, file, value string) (string, error) {
	switch {
	case file != "" && value != "":
		return "", fmt.Errorf("%s_FILE and %s: give one of them", name, name)
	case value != "":
		return value, nil
	case file == "":
		return "", fmt.Errorf("%s_FILE or %s: give one of them", name, name)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return string(text), nil
}

func (c sealConfig) sealer() (*catalog.Sealer, error) {
	key, err := c.read()
	if err != nil {
		return nil, err
	}
	return catalog.NewSealer(key)
}

// siteConfig says how browsers reach this service.
type siteConfig struct {
	BaseURL string `required:"" env:"ROUNDS_BASE_URL" help:"Address that browsers use, e.g. https://learn.example.org. Cookies are Secure exactly when it is https."`
}

func (c siteConfig) parse() (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(c.BaseURL, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" {
		return nil, fmt.Errorf("ROUNDS_BASE_URL: %q is not an http(s) address without a path", c.BaseURL)
	}
	return u, nil
}
