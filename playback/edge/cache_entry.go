package edge

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"strconv"
)

// entry is an object on disk: its bytes, then what describes them as JSON, then
// eight bytes, the length of the JSON and a mark. The object comes first, so
// that the kernel can send it from the file by itself.
type entry struct {
	file *os.File
	entryInfo
}

// entryInfo describes an object.
type entryInfo struct {
	Key    string      `json:"key"`
	Header http.Header `json:"header"`
	Size   int64       `json:"size"`
	CRC    uint32      `json:"crc"` // CRC-32C of the bytes
}

// entryMark ends every file; another layout gets another one.
const entryMark = "RND1"

// maxInfo bounds the JSON.
const maxInfo = 16 << 10

var errEntry = errors.New("not an object of this cache")

// castagnoli is the polynomial that processors compute by themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tail is what follows the object in its file.
func (i entryInfo) tail() ([]byte, error) {
	text, err := json.Marshal(i)
	if err != nil || len(text) > maxInfo {
		return nil, errors.Join(errEntry, err)
	}
	text = binary.BigEndian.AppendUint32(text, uint32(len(text))) //nolint:gosec // G115: at most maxInfo
	return append(text, entryMark...), nil
}

// openEntry opens the file of an object and holds it against its own
// description; unless it was checked before, also its bytes.
func openEntry(path, key string, checked bool) (*entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	e := &entry{file: file}
	if e.entryInfo, err = readInfo(file); err == nil && e.Key != key {
		err = errEntry
	}
	if err == nil && !checked {
		err = e.check()
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return e, nil
}

func readInfo(file *os.File) (info entryInfo, err error) {
	stat, err := file.Stat()
	if err != nil {
		return info, err
	}
	end := make([]byte, 8)
	if _, err := file.ReadAt(end, stat.Size()-8); err != nil || string(end[4:]) != entryMark {
		return info, errors.Join(errEntry, err)
	}
	length := int64(binary.BigEndian.Uint32(end))
	if length > maxInfo || length+8 > stat.Size() {
		return info, errEntry
	}
	text := make([]byte, length)
	if _, err := file.ReadAt(text, stat.Size()-8-length); err != nil {
		return info, err
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&info); err != nil || info.Size+length+8 != stat.Size() {
		return info, errors.Join(errEntry, err)
	}
	return info, nil
}

// check reads all bytes.
func (e *entry) check() error {
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(e.file, 0, e.Size)); err != nil {
		return err
	}
	if sum.Sum32() != e.CRC {
		return fmt.Errorf("%w: wrong checksum", errEntry)
	}
	return nil
}

// open answers a request from the file and takes it over.
func (e *entry) open(r Request) (*Object, error) {
	object, part, err := e.answer(r)
	if err == nil && !r.HeadOnly {
		_, err = e.file.Seek(part.from, io.SeekStart)
	}
	if err != nil || r.HeadOnly {
		_ = e.file.Close() // read only
		return object, err
	}
	object.Body = &fileBody{io.LimitedReader{R: e.file, N: part.length}, e.file}
	return object, nil
}

// answer is the object without its body, and which part of it is to be sent.
func (i entryInfo) answer(r Request) (*Object, stretch, error) {
	if err := checkTags(r, i.Header.Get("ETag")); err != nil {
		return nil, stretch{}, err
	}
	part, partial, err := readRange(r.Range, i.Size)
	if err != nil {
		return nil, stretch{}, err
	}
	object := &Object{Partial: partial, Header: i.Header.Clone()}
	object.Header.Set("Content-Length", strconv.FormatInt(part.length, 10))
	if partial {
		object.Header.Set("Content-Range", part.contentRange(i.Size))
	}
	return object, part, nil
}

// fileBody is a part of a file. Its LimitedReader is what net/http hands to the
// kernel's sendfile.
type fileBody struct {
	io.LimitedReader
	file *os.File
}

// Close implements io.Closer.
func (b *fileBody) Close() error { return b.file.Close() }
