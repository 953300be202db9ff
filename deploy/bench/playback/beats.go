package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	report "rounds/deploy/bench"
)

// maxP99 is how long all but one of a hundred answers may take.
const maxP99 = 250 * time.Millisecond

// measureBeats has every doctor send beats over HTTP, each signed in with a
// cookie of their own, to the real API.
func (b *bench) measureBeats(ctx context.Context) ([]report.Figure, error) {
	ours, err := b.start(ctx, b.rounds, "serve")
	if err != nil {
		return nil, err
	}
	defer ours.stop() //nolint:errcheck // it is measured already
	slowest := time.Duration(0)
	sides := []func() (float64, error){func() (float64, error) {
		result, err := b.profiled(ctx, ours, "beats", func() (load, error) { return b.beat(ours.address, 0).run(ctx) })
		slowest = max(slowest, result.p99)
		return result.perSecond, err
	}}
	for _, peer := range []struct{ name, program string }{{"single beats", b.single}, {"groups of one", b.ones}} {
		process, err := b.start(ctx, peer.program, "serve")
		if err != nil {
			return nil, err
		}
		defer process.stop() //nolint:errcheck // as above
		sides = append(sides, func() (float64, error) {
			result, err := b.costed(peer.name, process, func() (load, error) { return b.beat(process.address, 0).run(ctx) })
			return result.perSecond, err
		})
	}
	results, err := alternate(b.runs, sides...)
	if err != nil {
		return nil, err
	}
	own := results[0]
	input := fmt.Sprintf("%d doctors, %d connections, p99 %d ms", b.options.doctors, b.connections, slowest.Milliseconds())
	value := report.Median(own)
	if slowest > maxP99 {
		value = 0 // answers that come too late are none
	}
	return []report.Figure{
		{Name: "beats_per_s", Input: input, Value: value, Floor: 5200, Better: "higher", Runs: own},
		against("beats_vs_single", "one transaction of plain statements a beat, the same HTTP stack", own, results[1], 2.5),
		against("beats_vs_groups_of_one", "the statements for groups with one beat each, the same HTTP stack", own, results[2], 0),
	}, nil
}

// against is how many times as fast ours are as a peer. A floor of 0 is none.
func against(name, input string, own, peer []float64, floor float64) report.Figure {
	ratio := report.Median(own) / report.Median(peer)
	return report.Figure{Name: name, Input: input, Value: ratio, Peer: report.Median(peer), Ratio: ratio, Floor: floor, Better: "higher", Runs: own}
}

// beat is the load of all doctors watching: each connection has some of them,
// one after the other.
func (b *bench) beat(address string, perSecond float64) generator {
	turn := make([]int, b.connections)
	return generator{
		address: address, connections: b.connections, length: b.run, warmUp: 2 * time.Second, perSecond: perSecond, want: "200",
		next: func(connection int, buffer []byte) []byte {
			d := &b.doctors[(connection+turn[connection]*b.connections)%(len(b.doctors)/b.connections*b.connections)]
			turn[connection]++
			d.seq++
			return appendBeat(buffer, *d)
		},
	}
}

// appendBeat spells the request of a beat that reports ten seconds.
func appendBeat(buffer []byte, d doctor) []byte {
	to := float64(d.seq*beatMS) / 1000
	body := make([]byte, 0, 100)
	body = append(strconv.AppendInt(append(body, `{"seq":`...), d.seq, 10), `,"position_s":`...)
	body = append(strconv.AppendFloat(body, to, 'f', 3, 64), `,"rate":1,"watched":[[`...)
	body = strconv.AppendFloat(append(strconv.AppendFloat(body, to-beatMS/1000, 'f', 3, 64), ','), to, 'f', 3, 64)
	body = append(body, `]]}`...)
	return appendPost(buffer, "/v1/playback/"+d.session+"/beats", d.cookie, body)
}

// appendPost spells a POST of JSON with a login's cookie.
func appendPost(buffer []byte, path, cookie string, body []byte) []byte {
	buffer = append(append(append(buffer, "POST "...), path...), " HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0\r\nCookie: rounds_session="...)
	buffer = append(append(buffer, cookie...), "\r\nContent-Type: application/json\r\nContent-Length: "...)
	buffer = append(strconv.AppendInt(buffer, int64(len(body)), 10), "\r\n\r\n"...)
	return append(buffer, body...)
}
