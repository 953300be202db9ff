package main

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithy "github.com/aws/smithy-go/middleware"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
)

// databaseConfig says where PostgreSQL is.
type databaseConfig struct {
	DatabaseURL string `required:"" env:"ROUNDS_DATABASE_URL" help:"PostgreSQL 15 or newer, as postgres://user:password@host/name. Give it by environment: it holds a password."`
	MaxConns    int32  `name:"database-max-conns" default:"16" help:"Most connections to PostgreSQL of this process."`
}

// open connects a pool, which sees may watch. It does not fail when the server is
// away: requests do until it is back.
func (c databaseConfig) open(ctx context.Context, sees ...func(*pgxpool.Config)) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(c.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_DATABASE_URL: not a PostgreSQL address (the value is not shown, it may hold a password)")
	}
	config.MaxConns = c.MaxConns
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
	MasterKeyFile string `required:"" type:"existingfile" env:"ROUNDS_MASTER_KEY_FILE" help:"File with 32 bytes in base64 that seal content keys and outgoing codes (rounds admin keygen makes one)."`
}

// read returns the 32 bytes.
func (c sealConfig) read() ([]byte, error) {
	text, err := os.ReadFile(c.MasterKeyFile)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_MASTER_KEY_FILE: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("ROUNDS_MASTER_KEY_FILE: %s does not hold 32 bytes in base64", c.MasterKeyFile)
	}
	return key, nil
}

func (c sealConfig) sealer() (*catalog.Sealer, error) {
	key, err := c.read()
	if err != nil {
		return nil, err
	}
	return catalog.NewSealer(key)
}

// signConfig names the key that signs cookies and URLs.
type signConfig struct {
	SigningKeyFile string `required:"" type:"existingfile" env:"ROUNDS_SIGNING_KEY_FILE" help:"ECDSA P-256 private key (PKCS#8 PEM) that signs cookies and URLs for media."`
	SigningKeyID   string `required:"" env:"ROUNDS_SIGNING_KEY_ID" help:"Id of its public key at CloudFront or at the edge."`
}

func (c signConfig) key() (*ecdsa.PrivateKey, error) {
	file, err := os.Open(c.SigningKeyFile)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_SIGNING_KEY_FILE: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	signer, err := sign.LoadPEMPrivKeyPKCS8AsSigner(file)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_SIGNING_KEY_FILE: %s is not a PKCS#8 private key", c.SigningKeyFile)
	}
	key, ok := signer.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("ROUNDS_SIGNING_KEY_FILE: %s is not an ECDSA key", c.SigningKeyFile)
	}
	return key, nil
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
