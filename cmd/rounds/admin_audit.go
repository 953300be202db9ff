package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rounds/playback/evidence"
	"rounds/playback/evidence/vault"
)

// auditCommand is `rounds admin audit`: for auditors, who trust no database.
type auditCommand struct {
	Export auditExport `cmd:"" help:"Write the evidence of a program to standard output."`
	Heads  auditHeads  `cmd:"" help:"Copy the daily heads from their bucket into a folder."`
	Verify auditVerify `cmd:"" help:"Prove an export: nothing was changed, removed or added since it was recorded."`
}

// auditVerify is `rounds admin audit verify`. Without --heads s3 it needs
// nothing but its files.
type auditVerify struct {
	Export   string         `arg:"" type:"existingfile" help:"An export, as rounds admin audit export writes it."`
	Heads    string         `env:"-" help:"The daily heads: a folder, or s3 for their bucket. Without them the export is only held to itself."`
	Storage  storageConfig  `embed:""`
	Evidence evidenceConfig `embed:""`
}

// Run prints what was proved, or returns the first thing that is wrong.
func (c *auditVerify) Run(ctx context.Context, stdout io.Writer) error {
	export, err := os.Open(c.Export)
	if err != nil {
		return err
	}
	defer export.Close() //nolint:errcheck // read only
	heads, err := c.heads(ctx)
	if err != nil {
		return err
	}
	report, err := evidence.Verify(export, heads)
	if broken := (*evidence.Broken)(nil); errors.As(err, &broken) {
		return fmt.Errorf("%s is NOT as it was recorded: %w", c.Export, broken)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Export, err)
	}
	return printReport(stdout, report, c.Heads != "")
}

func (c *auditVerify) heads(ctx context.Context) (evidence.Heads, error) {
	switch c.Heads {
	case "":
		return evidence.NoHeads, nil
	case "s3":
		heads, err := vaultOf(ctx, c.Storage, c.Evidence)
		if err != nil {
			return nil, err
		}
		return heads.Heads(ctx), nil
	default:
		return headsIn(c.Heads)
	}
}

func vaultOf(ctx context.Context, storage storageConfig, config evidenceConfig) (*vault.Vault, error) {
	client, err := storage.client(ctx)
	if err != nil {
		return nil, err
	}
	heads, err := config.vault(client)
	if err == nil && heads == nil {
		err = errors.New("ROUNDS_EVIDENCE_BUCKET: give the bucket of the heads")
	}
	return heads, err
}

// headsIn reads heads from a folder, one file a day.
func headsIn(dir string) (evidence.Heads, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) == 0 {
		return nil, errors.Join(fmt.Errorf("%s holds no heads (DAY.json)", dir), err)
	}
	slices.Sort(names)
	return func(yield func(evidence.StoredHead, error) bool) {
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				yield(evidence.StoredHead{}, err)
				return
			}
			head, err := evidence.ReadHead(text)
			if err != nil {
				err = &evidence.Broken{Reason: fmt.Sprintf("%s: %v", name, err)}
			}
			if !yield(head, err) {
				return
			}
		}
	}, nil
}

func printReport(w io.Writer, r evidence.Report, held bool) error {
	text := fmt.Sprintf("program %s as of %s: %d records of %d enrolments, all chains unbroken\n",
		r.Program, r.ExportedAt.Format("2006-01-02 15:04 MST"), r.Records, r.Enrolments)
	switch {
	case !held:
		text += "no heads were given: this proves that the export is consistent in itself, not that it is what was recorded (--heads)\n"
	case r.LastHead == "":
		text += fmt.Sprintf("%d daily heads, none from before the export: nothing vouches for its records yet\n", r.Heads)
	default:
		text += fmt.Sprintf("%d daily heads, the last before the export of %s, vouch for all records but %d newer ones\n", r.Heads, r.LastHead, r.Unheaded)
	}
	_, err := io.WriteString(w, text)
	return err
}

// auditHeads is `rounds admin audit heads`.
type auditHeads struct {
	Dir      string         `arg:"" help:"Folder for the heads; made when missing."`
	Storage  storageConfig  `embed:""`
	Evidence evidenceConfig `embed:""`
}

// Run writes every head, in the bytes that were stored first.
func (c *auditHeads) Run(ctx context.Context) error {
	heads, err := vaultOf(ctx, c.Storage, c.Evidence)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil { //nolint:gosec // for everybody to read: there is nothing secret in heads
		return err
	}
	for head, err := range heads.Heads(ctx) {
		if err != nil {
			return err
		}
		text, err := head.Encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(c.Dir, string(head.Day)+".json"), text, 0o644) //nolint:gosec // as above
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// auditExport is `rounds admin audit export`.
type auditExport struct {
	Program string       `arg:"" help:"Id of the program."`
	Format  string       `default:"ndjson" enum:"ndjson,xapi" env:"-" help:"Records with their hashes, or xAPI statements of the Video Profile (ndjson, xapi)."`
	Email   bool         `env:"-" help:"With --format xapi: name doctors by their e-mail address instead of the id of their account."`
	Service remoteConfig `embed:""`
}

// Run writes the export as it comes and fails when it was cut.
func (c *auditExport) Run(ctx context.Context, stdout io.Writer) error {
	body, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // read only
	if c.Format == "xapi" {
		_, err := io.Copy(stdout, body)
		return err
	}
	_, err = evidence.Verify(io.TeeReader(body, stdout), evidence.NoHeads)
	return err
}

func (c *auditExport) open(ctx context.Context) (io.ReadCloser, error) {
	token, err := c.Service.token()
	if err != nil {
		return nil, err
	}
	query := url.Values{"format": {c.Format}}
	if c.Email {
		query.Set("email", "true")
	}
	address := strings.TrimSuffix(c.Service.BaseURL, "/") + "/v1/programs/" + url.PathEscape(c.Program) + "/evidence?" + query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	defer response.Body.Close() //nolint:errcheck // read below
	content, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return nil, decodeAnswer(response.StatusCode, content, nil)
}
