package webhooks

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"rounds/catalog"
)

// errPrivate is the answer of our own side to an address in a private network.
var errPrivate = errors.New("the name leads into a private network, to which events are not sent")

// Times and sizes of one delivery.
const (
	wholeTimeout   = 15 * time.Second // from the name's resolution to the answer's beginning
	connectTimeout = 5 * time.Second
	maxHeader      = 16 << 10
	maxAnswer      = 1 << 10 // of the body; the log shows it
)

// newClient makes the client that all deliveries go through. The address that a
// name was resolved to is checked when its connection is made: a name that
// leads elsewhere by then than when it was looked at changes nothing. roots,
// when not nil, are the authorities to trust in place of the machine's.
func newClient(allowed []netip.Prefix, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !catalog.PublicAddress(to.Addr(), allowed) {
			return errPrivate
		}
		return nil
	}}
	return &http.Client{
		Timeout:       wholeTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: connectTimeout,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			MaxResponseHeaderBytes: maxHeader, DisableCompression: true, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 2, MaxConnsPerHost: 8,
		},
	}
}
