package ffmpeg

// clock makes one time line of a file whose clock starts anew on the way, as
// that of cameras and of concatenated MPEG-TS does. It does exactly what ffmpeg
// does when it decodes: it goes by decoding times, and shifts all streams
// together.
type clock struct {
	offset float64
	breaks int             // times that a stream told went back
	next   map[int]float64 // of a stream, where its next packet is due
	told   map[int]float64 // the same by the stream's own times
}

// leap is how many seconds a time may leap before it is taken for another
// clock's. Where no stream's time ever goes back, a leap is but a long hole, and
// packets of another stream that come after it in the file and are due before it
// are no break.
const leap = 10

// shift is what is to be added to the times of the next packet.
func (c *clock) shift(stream int, dts, duration float64) float64 {
	if due, known := c.told[stream]; known && dts+0.1+duration < due {
		c.breaks++
	}
	c.told[stream] = dts + duration
	due, known := c.next[stream]
	at := dts + c.offset
	if known && (at+0.1+duration < due || at-due > leap) {
		c.offset += due - at
		at = due
	}
	c.next[stream] = at + duration
	return c.offset
}
