package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"rounds/catalog"
	"rounds/transcode"
	"rounds/transcode/hls"
)

// workVerify is `rounds work verify`. It prints each broken rule with its
// number on standard output and fails when one of them is a MUST.
type workVerify struct {
	Stream    string   `arg:"" help:"Folder of the stream, or address of its master playlist."`
	KeyFile   string   `type:"existingfile" help:"File with the content key: 16 bytes, or 32 hexadecimal digits. Default: the key is fetched from its URI."`
	Header    []string `short:"H" sep:"none" placeholder:"'NAME: VALUE'" help:"Header to send with every request, for instance the cookies of a session; may be repeated."`
	SameQuery bool     `help:"Append the query of the address to every object's, for a URL whose signature covers all of them."`
	JSON      bool     `help:"Print the findings as a JSON array."`
}

// Run reads the whole stream, so it takes as long as a download of it does.
func (c *workVerify) Run(ctx context.Context, stdout io.Writer) error {
	src, options, err := c.source()
	if err != nil {
		return err
	}
	if c.KeyFile != "" {
		key, err := readContentKey(c.KeyFile)
		if err != nil {
			return err
		}
		options.Key = hls.FixedKey(key)
	}
	findings, err := hls.Verify(ctx, src, options)
	if err != nil {
		return err
	}
	if err := c.print(stdout, findings); err != nil {
		return err
	}
	if must := hls.Binding(findings); len(must) > 0 {
		return fmt.Errorf("%s breaks %d rules that must hold", bareURL(c.Stream), len(must))
	}
	return nil
}

// source is the stream to read and how.
func (c *workVerify) source() (hls.Source, hls.Options, error) {
	if !strings.Contains(c.Stream, "://") {
		if info, err := os.Stat(c.Stream); err != nil || !info.IsDir() {
			return nil, hls.Options{}, fmt.Errorf("%s is not a folder", c.Stream)
		}
		return hls.Dir(c.Stream), hls.Options{}, nil
	}
	address, err := url.Parse(c.Stream)
	if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		return nil, hls.Options{}, fmt.Errorf("%s is not an http(s) address", bareURL(c.Stream))
	}
	header, err := parseHeaders(c.Header)
	if err != nil {
		return nil, hls.Options{}, err
	}
	folder, name := path.Split(address.Path)
	web := hls.Web{Base: &url.URL{Scheme: address.Scheme, User: address.User, Host: address.Host, Path: folder}, Header: header}
	options := hls.Options{Master: name, Key: web.Key}
	if name == "" {
		options.Master = catalog.MasterPlaylist
	}
	if address.RawQuery != "" {
		options.Master += "?" + address.RawQuery
	}
	if c.SameQuery {
		web.Query = address.RawQuery
	}
	return web, options, nil
}

func (c *workVerify) print(w io.Writer, findings []hls.Finding) error {
	if c.JSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(append([]hls.Finding{}, findings...))
	}
	for _, f := range findings {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	must := len(hls.Binding(findings))
	_, err := fmt.Fprintf(w, "%d broken rules that must hold, %d that should\n", must, len(findings)-must)
	return err
}

// bareURL is an address without what may be secret in it.
func bareURL(s string) string {
	address, _, _ := strings.Cut(s, "?")
	return address
}

// parseHeaders reads "Name: value" lines.
func parseHeaders(lines []string) (http.Header, error) {
	header := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, fmt.Errorf("--header: no header of the form 'Name: value' (it is not shown, it may hold a secret)")
		}
		header.Add(name, strings.TrimSpace(value))
	}
	return header, nil
}

// readContentKey reads a key of 16 bytes, raw or in hexadecimal.
func readContentKey(name string) (key transcode.ContentKey, err error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return key, err
	}
	if len(content) != len(key) {
		if content, err = hex.DecodeString(string(bytes.TrimSpace(content))); err != nil || len(content) != len(key) {
			return key, fmt.Errorf("%s holds neither 16 bytes nor 32 hexadecimal digits", name)
		}
	}
	copy(key[:], content)
	return key, nil
}
