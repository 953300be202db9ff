package crowd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Doctor is a player. It gets a second of the talk further every 20 ms, whatever
// the server says, and each beat claims all since the last one that was
// acknowledged. Its numbers may be read while it plays.
type Doctor struct {
	Session string // id of the playback session

	base   string
	cookie *http.Cookie

	watched      atomic.Int64 // seconds of the talk
	claimed      atomic.Int64 // of these: by the beat that is on its way
	acknowledged atomic.Int64 // of these
	refused      atomic.Int64 // answers 503 with Retry-After
	unanswered   atomic.Int64
	last         atomic.Int64 // when the last beat was acknowledged, in ns
	gap          atomic.Int64 // the longest time between two of them, in ns
	wrong        atomic.Pointer[error]
}

// Patience is how long a beat waits for its answer.
const Patience = 2 * time.Second

// second is how long it takes to watch a second of the talk.
const second = 20 * time.Millisecond

// Watched is how many seconds of the talk were played.
func (d *Doctor) Watched() int64 { return d.watched.Load() }

// Acknowledged is how many of them the service has said that it has.
func (d *Doctor) Acknowledged() int64 { return d.acknowledged.Load() }

// Refused counts answers 503 with Retry-After.
func (d *Doctor) Refused() int64 { return d.refused.Load() }

// Unanswered counts beats without an answer of the API.
func (d *Doctor) Unanswered() int64 { return d.unanswered.Load() }

// Trouble counts beats that had to be sent again.
func (d *Doctor) Trouble() int64 { return d.Unanswered() + d.Refused() }

// watch plays and sends beats until ctx ends, each until it is acknowledged.
func (d *Doctor) watch(ctx context.Context) {
	playing := time.NewTicker(second)
	defer playing.Stop()
	answered := make(chan bool, 1)
	answered <- true // there is nothing to claim yet
	for seq := int64(0); ; {
		select {
		case <-ctx.Done():
			<-answered // no beat outlives the doctor
			return
		case <-playing.C:
			d.watched.Add(1)
		}
		select {
		case ok := <-answered:
			if ok {
				seq++
				d.acknowledge()
			}
			go func() { answered <- d.beat(ctx, seq) }()
		default: // it is on its way
		}
	}
}

// acknowledge notes that the last beat is on record, and begins the next.
func (d *Doctor) acknowledge() {
	d.acknowledged.Store(d.claimed.Load())
	d.claimed.Store(d.watched.Load())
	now := time.Now().UnixNano()
	if last := d.last.Swap(now); last != 0 {
		d.gap.Store(max(d.gap.Load(), now-last))
	}
}

// beat sends one beat; false when it has to be sent again, as it was.
func (d *Doctor) beat(ctx context.Context, seq int64) bool {
	from, to := d.acknowledged.Load(), d.claimed.Load()
	answer, err := d.post(ctx, "/v1/playback/"+d.Session+"/beats",
		fmt.Sprintf(`{"seq":%d,"position_s":%d,"rate":1,"watched":[[%d,%d]]}`, seq, to, from, to))
	switch {
	case err != nil:
		d.unanswered.Add(1)
	case answer.status == http.StatusOK:
		return true
	case answer.status == http.StatusServiceUnavailable && answer.header.Get("Retry-After") != "":
		d.refused.Add(1)
	case answer.status >= http.StatusInternalServerError: // the edge found no API
		d.unanswered.Add(1)
	case ctx.Err() == nil:
		wrong := fmt.Errorf("beat %d: %d %s", seq, answer.status, answer.Detail)
		d.wrong.Store(&wrong)
	}
	return false
}

// reply is what is read of an answer.
type reply struct {
	SessionID string `json:"session_id"`
	Detail    string `json:"detail"`

	status int
	header http.Header
}

func (d *Doctor) post(ctx context.Context, path, body string) (answer reply, err error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, strings.NewReader(body))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.AddCookie(d.cookie)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	answer.status, answer.header = response.StatusCode, response.Header
	return answer, json.NewDecoder(response.Body).Decode(&answer)
}
