package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// keygenCommand is `rounds admin keygen`.
type keygenCommand struct {
	Dir string `required:"" env:"-" help:"Folder for master.key, signing.pem and signing.pub.pem; made when missing. Existing keys stay."`
}

// Run makes the keys that are missing. Files are readable by their owner only.
func (c *keygenCommand) Run(log *slog.Logger) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	if err := c.makeMaster(log); err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	if err := c.makeSigning(log); err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	return nil
}

func (c *keygenCommand) makeMaster(log *slog.Logger) error {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	made, err := writeOnce(filepath.Join(c.Dir, "master.key"), []byte(base64.StdEncoding.EncodeToString(raw[:])+"\n"))
	if made {
		log.Info("made a master key", "dir", c.Dir)
	}
	return err
}

// makeSigning writes the key pair. The public key always follows from the
// private one, so a stop between the two files leaves nothing to repair.
func (c *keygenCommand) makeSigning(log *slog.Logger) error {
	path := filepath.Join(c.Dir, "signing.pem")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return err
		}
		if _, err := writeOnce(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
			return err
		}
		log.Info("made a signing key", "dir", c.Dir)
	}
	key, err := signConfig{SigningKeyFile: path}.key()
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	_, err = writeOnce(filepath.Join(c.Dir, "signing.pub.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return err
}

// writeOnce writes a file unless it exists, whole or not at all.
func writeOnce(path string, content []byte) (made bool, err error) {
	if _, err := os.Stat(path); err == nil {
		return false, nil
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return false, err
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err == nil, err
}
