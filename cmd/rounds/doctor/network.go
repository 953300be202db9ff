package doctor

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"rounds/catalog"
	"rounds/deploy/care"
	"rounds/deploy/care/buckets"
)

// names are the hosts that this machine has to find.
func (d *doctor) names() (hosts []string) {
	for _, u := range []*url.URL{d.Base, d.API} {
		if u != nil {
			hosts = append(hosts, u.Hostname())
		}
	}
	if d.DB != nil {
		hosts = append(hosts, d.DB.Config().ConnConfig.Host)
	}
	for _, address := range []string{d.StorageHost, d.mailAddress()} {
		if host, _, err := net.SplitHostPort(address); err == nil {
			hosts = append(hosts, host)
		}
	}
	hosts = slices.DeleteFunc(hosts, func(h string) bool { return h == "" || h[0] == '/' || net.ParseIP(h) != nil })
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

func (d *doctor) dns(ctx context.Context) care.Finding {
	const remedy = "See `/etc/resolv.conf` and the name server it names; then the record of the name itself."
	hosts, began := d.names(), time.Now()
	for _, host := range hosts {
		if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
			return care.Not(care.Red, remedy, "%s does not resolve: %s.", host, care.Reason(err))
		}
	}
	switch took := time.Since(began); {
	case len(hosts) == 0:
		return care.NotKnown("Nothing here is reached by name.")
	case took > time.Second:
		return care.Not(care.Amber, remedy, "The names resolve slowly, in %s s: %s.", fmt.Sprintf("%.1f", took.Seconds()), catalog.Names(hosts))
	default:
		return care.Fine("The names resolve: %s.", catalog.Names(hosts))
	}
}

func (d *doctor) databaseNetwork(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		best := time.Hour
		for range 3 { // the first pays for what was asleep
			f, err := d.facts.Server(ctx)
			if err != nil {
				return care.Finding{}, err
			}
			best = min(best, f.RoundTrip)
		}
		return care.JudgeRoundTrip(best), nil
	})
}

func (d *doctor) storageNetwork(ctx context.Context) care.Finding {
	if d.S3 == nil {
		return care.NotKnown(noStorage)
	}
	took, _, err := buckets.Reach(ctx, d.S3, d.MediaBucket)
	if err != nil {
		return care.Not(care.Red, "See the network, the credentials and the storage itself.", "S3 does not answer for %s: %s.", d.MediaBucket, care.Reason(err))
	}
	return care.JudgeStorageTrip(took)
}

// mailAddress is where mail is handed over.
func (d *doctor) mailAddress() string {
	if d.Mail.Region != "" {
		return "email." + d.Mail.Region + ".amazonaws.com:443"
	}
	return d.Mail.Server
}

func (d *doctor) mailServer(ctx context.Context) care.Finding {
	const remedy = "Nobody can sign in without mail: see the mail server, the firewall and `ROUNDS_SMTP_URL`."
	switch {
	case d.mailAddress() == "" && d.Mail.Dir == "":
		return care.NotKnown("No mail server is set here.")
	case d.mailAddress() == "":
		return d.mailFolder()
	}
	conn, err := d.dial(ctx, d.mailAddress(), d.Mail.TLS || d.Mail.Region != "")
	if err != nil {
		return care.Not(care.Red, remedy, "%s cannot be reached: %s.", d.mailAddress(), care.Reason(err))
	}
	defer conn.Close() //nolint:errcheck // nothing is sent
	if d.Mail.Region != "" {
		return care.Fine("%s can be reached.", d.mailAddress())
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return care.Not(care.Red, remedy, "%s does not greet: %s.", d.mailAddress(), care.Reason(err))
	}
	if !strings.HasPrefix(line, "220") {
		return care.Not(care.Red, remedy, "%s does not greet: %s.", d.mailAddress(), strings.TrimSpace(line))
	}
	return care.Fine("%s greets.", d.mailAddress())
}

// mailFolder: what lies in a folder nobody gets; that is right on one's own machine only.
func (d *doctor) mailFolder() care.Finding {
	info, err := os.Stat(d.Mail.Dir)
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist) || err == nil && !info.IsDir():
		return care.Not(care.Red, "Correct `ROUNDS_MAIL_DIR`.", "Mail cannot be put into %s.", d.Mail.Dir)
	case d.Base != nil && d.Base.Hostname() != "localhost":
		return care.Not(care.Amber, "Set a mail server: `ROUNDS_SMTP_URL` or `ROUNDS_SES_REGION`.", "Mail is put into the folder %s; nobody gets it.", d.Mail.Dir)
	default:
		return care.Fine("Mail is put into the folder %s.", d.Mail.Dir)
	}
}

// dial connects, with TLS as a client would that trusts this machine's authorities.
func (d *doctor) dial(ctx context.Context, address string, secure bool) (net.Conn, error) {
	var conn net.Conn
	var err error
	if secure {
		conn, err = (&tls.Dialer{}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(d.Limit))
	}
	return conn, err
}

// certificate looks at what servers show that speak TLS from the first byte.
func (d *doctor) certificate(ctx context.Context) care.Finding {
	var found []care.Certificate
	for _, address := range d.secured() {
		conn, err := d.dial(ctx, address, true)
		if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			return care.Not(care.Red, "Renew it, or let its server show the whole chain.", "The certificate of %s is not trusted: %s.", address, untrusted.Err.Error())
		}
		if err != nil {
			continue // that it cannot be reached is another line
		}
		shown := conn.(*tls.Conn).ConnectionState().PeerCertificates
		_ = conn.Close() // nothing was sent
		first := slices.MinFunc(shown, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
		found = append(found, care.Certificate{Of: address, Until: first.NotAfter})
	}
	return care.JudgeCertificates(found, time.Now())
}

// secured are the addresses that speak TLS.
func (d *doctor) secured() (addresses []string) {
	if d.Base != nil && d.Base.Scheme == "https" {
		addresses = append(addresses, net.JoinHostPort(d.Base.Hostname(), cmp.Or(d.Base.Port(), "443")))
	}
	if d.StorageTLS && d.StorageHost != "" {
		addresses = append(addresses, d.StorageHost)
	}
	if d.Mail.Server != "" && d.Mail.TLS {
		addresses = append(addresses, d.Mail.Server)
	}
	return addresses
}
