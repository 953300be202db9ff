package hls

import (
	"crypto/cipher"
	"fmt"
	"io"
	"os"

	"rounds/catalog"
)

// packFallback stores the progressive file of the job, if it has one, in the
// form that catalog.FallbackStream tells of. What lies in the bucket is of no
// use to anybody without the key, as with the segments.
func (p *packing) packFallback() error {
	if p.job.Progressive == "" {
		return nil
	}
	stream, err := catalog.FallbackStream(p.job.Key[:], 0)
	if err != nil {
		return err
	}
	err = withFile(p.job.Progressive, func(clear *os.File) error {
		_, err := p.write(catalog.Fallback, func(dst io.Writer) error {
			_, err := io.Copy(dst, cipher.StreamReader{S: stream, R: clear})
			return err
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", catalog.Fallback, err)
	}
	return nil
}
