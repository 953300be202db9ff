package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/md5" //nolint:gosec // G501: what nginx's secure_link is made of
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	report "rounds/deploy/bench"
	"rounds/playback/cloudfront"
)

// edgeConnections fetch one segment after the other.
const edgeConnections = 16

// measureEdge compares rounds edge, its disk cache warm, with nginx and
// secure_link over the same files: both verify every request.
func (b *bench) measureEdge(ctx context.Context) ([]report.Figure, error) {
	ours, err := b.start(ctx, b.rounds, "edge", "ROUNDS_CACHE_DIR="+filepath.Join(b.dir, "cache"))
	if err != nil {
		return nil, err
	}
	defer ours.stop() //nolint:errcheck // it is measured already
	peer, err := b.startNginx(ctx)
	if err != nil {
		return nil, err
	}
	defer peer.stop()
	cookies, err := b.cookies()
	if err != nil {
		return nil, err
	}
	grant := func(n int, buffer []byte) []byte { return appendGet(buffer, "/"+segmentKey(n), cookies) }
	link := func(n int, buffer []byte) []byte { return appendGet(buffer, peer.link("/"+segmentKey(n)), "") }
	if err := errors.Join(verifies(ctx, ours.address, grant, cookies), verifies(ctx, peer.address, link, "md5=")); err != nil {
		return nil, err
	}
	results, err := alternate(b.runs,
		func() (float64, error) {
			result, err := b.profiled(ctx, ours, "edge", func() (load, error) { return b.fetch(ours.address, grant).run(ctx) })
			return result.perSecond, err
		},
		func() (float64, error) {
			result, err := b.costed("nginx", &process{cmd: peer.cmd}, func() (load, error) { return b.fetch(peer.address, link).run(ctx) })
			return result.perSecond, err
		})
	if err != nil {
		return nil, err
	}
	own, others := results[0], results[1]
	return []report.Figure{{
		Name: "edge_vs_nginx", Input: fmt.Sprintf("1-MiB segments, %d connections, %.0f/s", edgeConnections, report.Median(own)),
		Value: report.Median(own) / report.Median(others), Peer: report.Median(others), Ratio: report.Median(own) / report.Median(others), Floor: 1, Better: "higher", Runs: own,
	}}, nil
}

func (b *bench) fetch(address string, spell func(n int, buffer []byte) []byte) generator {
	turn := make([]int, edgeConnections)
	return generator{
		address: address, connections: edgeConnections, length: b.run, warmUp: 2 * time.Second, want: "200",
		next: func(connection int, buffer []byte) []byte {
			turn[connection]++
			return spell((connection*5+turn[connection])%segments, buffer)
		},
	}
}

// verifies tells whether a server serves every segment with a grant, and none
// when the grant is cut.
func verifies(ctx context.Context, address string, spell func(n int, buffer []byte) []byte, grant string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is lost
	answers := bufio.NewReader(conn)
	for n := range segments {
		request := string(spell(n, nil))
		for want, text := range map[string]string{"200": request, "403": strings.Replace(request, grant, grant[:len(grant)-3]+"xyz", 1)} {
			if _, err := conn.Write([]byte(text)); err != nil {
				return err
			}
			if err := readAnswer(answers, want); err != nil {
				return fmt.Errorf("segment %d, want %s: %w", n, want, err)
			}
		}
	}
	return nil
}

// appendGet spells a GET.
func appendGet(buffer []byte, target, cookies string) []byte {
	buffer = append(append(append(buffer, "GET "...), target...), " HTTP/1.1\r\nHost: localhost:8080\r\n"...)
	if cookies != "" {
		buffer = append(append(append(buffer, "Cookie: "...), cookies...), "\r\n"...)
	}
	return append(buffer, "\r\n"...)
}

// cookies are those of a viewer of the recording.
func (b *bench) cookies() (string, error) {
	text, err := os.ReadFile(filepath.Join(b.keys(), "signing.pem"))
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", errors.New("signing.pem holds no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	signer, err := cloudfront.NewSigner(cloudfront.SignerConfig{
		BaseURL: &url.URL{Scheme: "http", Host: "localhost:8080"}, Keys: []cloudfront.Key{{ID: keyID, Key: key.(*ecdsa.PrivateKey)}},
	})
	if err != nil {
		return "", err
	}
	triple, _, err := signer.Cookies(recording, token, cloudfront.MaxCookieLife)
	var pairs []string
	for _, c := range triple {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; "), err
}

// nginx is the peer.
type nginx struct {
	cmd     *exec.Cmd
	address string
}

const nginxSecret = "bench"

// nginxConfig serves a folder to whoever has a link that has not expired, as
// the manual of ngx_http_secure_link_module shows it.
const nginxConfig = `%sdaemon off; worker_processes auto; pid %[2]s/nginx.pid; error_log %[2]s/nginx.log crit;
events { worker_connections 1024; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 600;
	client_body_temp_path %[2]s/b; proxy_temp_path %[2]s/p; fastcgi_temp_path %[2]s/f; uwsgi_temp_path %[2]s/u; scgi_temp_path %[2]s/s;
	types { video/iso.segment m4s; }
	server {
		listen %[3]s;
		location / {
			root %[4]s;
			secure_link $arg_md5,$arg_expires;
			secure_link_md5 "$secure_link_expires$uri %[5]s";
			if ($secure_link = "") { return 403; }
			if ($secure_link = "0") { return 410; }
		}
	}
}
`

func (b *bench) startNginx(ctx context.Context) (*nginx, error) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			return nil, errors.New("nginx is missing: sudo apt-get install nginx-light")
		}
	}
	n := &nginx{}
	if n.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root; " // the files are root's here
	}
	dir := filepath.Join(b.dir, "nginx")
	config := filepath.Join(dir, "nginx.conf")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, user, dir, n.address, b.storage.root, nginxSecret), 0o600); err != nil {
		return nil, err
	}
	n.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, "-p", dir, "-c", config) //nolint:gosec // found in PATH
	n.cmd.Stderr = os.Stderr
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	return n, n.answers(ctx)
}

func (n *nginx) answers(ctx context.Context) error {
	for range 100 {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", n.address)
		if err == nil {
			return conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	n.stop()
	return errors.New("nginx does not answer")
}

func (n *nginx) stop() {
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	_ = n.cmd.Wait() // it was told to end
}

// link signs a path.
func (n *nginx) link(path string) string {
	const expires = "4102444800"                               // the year 2100
	sum := md5.Sum([]byte(expires + path + " " + nginxSecret)) //nolint:gosec // G401: see the import
	return path + "?md5=" + base64.RawURLEncoding.EncodeToString(sum[:]) + "&expires=" + expires
}
