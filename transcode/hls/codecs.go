package hls

import "fmt"

// readAVC reads the AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section
// 5.3.3.1) and spells the codec as RFC 6381 section 3.3 wants it:
// avc1.PPCCLL, profile, constraints and level in hexadecimal.
func readAVC(entry string, boxes []byte, track *Track) error {
	if entry != "avc1" && entry != "avc3" {
		return fmt.Errorf("%w: video codec %q", ErrMalformed, entry)
	}
	f := &fields{b: child(boxes, "avcC")}
	f.skip(1) // configurationVersion
	profile, constraints, level := f.u8(), f.u8(), f.u8()
	track.nalLength = int(f.u8()&3) + 1
	track.Codec = fmt.Sprintf("%s.%02X%02X%02X", entry, profile, constraints, level)
	return f.err
}

// Tags of the descriptors in an esds box (ISO/IEC 14496-1 section 7.2.2.1).
const (
	tagES            = 3
	tagDecoderConfig = 4
	tagDecoderInfo   = 5
)

// objectAAC is the objectTypeIndication of MPEG-4 audio.
const objectAAC = 0x40

// readAAC reads the elementary stream descriptor (ISO/IEC 14496-1 section
// 7.2.6.5) and the start of the AudioSpecificConfig in it (ISO/IEC 14496-3
// section 1.6.2.1).
func readAAC(esds []byte, track *Track) error {
	f := &fields{b: esds}
	f.fullBox()
	es := f.descriptor(tagES)
	es.skip(2)
	if flags := es.u8(); flags&0xe0 != 0 {
		return fmt.Errorf("%w: elementary stream that depends on another", ErrMalformed)
	}
	config := es.descriptor(tagDecoderConfig)
	if object := config.u8(); config.err == nil && object != objectAAC {
		return fmt.Errorf("%w: audio object type %#x", ErrMalformed, object)
	}
	config.skip(12)
	info := config.descriptor(tagDecoderInfo)
	head := uint32(info.u16()) // 5 bits object type, 4 bits frequency, 4 bits channels
	objectType := head >> 11
	if info.err == nil && objectType == 31 {
		objectType = 32 + (head>>5)&0x3f
	} else if info.err == nil && (head>>7)&0xf != 15 {
		track.Channels = int((head >> 3) & 0xf)
	}
	track.Codec = fmt.Sprintf("mp4a.40.%d", objectType)
	return info.err
}

// descriptor enters a descriptor of the given tag.
func (f *fields) descriptor(tag uint8) *fields {
	if got := f.u8(); f.err == nil && got != tag {
		f.err = fmt.Errorf("%w: descriptor %d where %d belongs", ErrMalformed, got, tag)
	}
	size := 0
	for range 4 { // ISO/IEC 14496-1 section 8.3.3
		b := f.u8()
		size = size<<7 | int(b&0x7f)
		if b&0x80 == 0 {
			break
		}
	}
	body := f.take(size)
	return &fields{b: body, err: f.err}
}
