package ffmpeg

// clockBreak is how many seconds forward a time may leap before it is taken for
// another clock's: cameras and concatenation start theirs anew within one
// MPEG-TS, while a long hole is nothing but a hole.
const clockBreak = 600

// clock makes one time line of a file whose clock starts anew, exactly as
// ffmpeg does for decoding: by decoding times, and for all streams together.
type clock struct {
	offset float64
	breaks int
	next   map[int]float64 // of a stream, where its next packet is due
}

// line gives the decoding time on the one line.
func (c *clock) line(stream int, dts, duration float64) (shift float64) {
	due, known := c.next[stream]
	at := dts + c.offset
	if known && (at-due > clockBreak || at+0.1+duration < due) {
		c.offset += due - at
		c.breaks++
		at = due
	}
	c.next[stream] = at + duration
	return c.offset
}
