package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
	"rounds/playback/evidence"
)

var begin = time.Date(2026, 11, 20, 9, 0, 0, 123456789, time.UTC)

// chains are made-up records of a program: so many for each enrolment, one a day.
func chains(t testing.TB, lengths ...int) map[catalog.EnrolmentID][]evidence.Line {
	t.Helper()
	all := map[catalog.EnrolmentID][]evidence.Line{}
	for i, length := range lengths {
		id := catalog.EnrolmentID(fmt.Sprintf("enr_%d", i))
		var previous evidence.Sum
		for n := 1; n <= length; n++ {
			record, err := evidence.Encode(evidence.Record{
				Kind: evidence.Completed, At: begin.AddDate(0, 0, n-1), Enrolment: id, Number: n, Account: "acc_1", Program: "prg_1", Webinar: "web_1",
				Recording: &evidence.Recording{ID: "rec_1", Token: "t", DurationMS: 1000},
				Watched:   &evidence.Watched{Union: evidence.Spans{{0, 900}}, CountedMS: 900, Hundredths: 9000},
				Reason:    "<ü\u2028>",
			})
			if err != nil {
				t.Fatal(err)
			}
			hash := evidence.Hash(previous, record)
			all[id] = append(all[id], evidence.Line{Previous: previous, Hash: hash, Record: record})
			previous = hash
		}
	}
	return all
}

// export writes chains in the order of their enrolments, as they were at a time.
func export(t testing.TB, all map[catalog.EnrolmentID][]evidence.Line, at time.Time) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := evidence.NewWriter(&out, "prg_1", at)
	for _, id := range slices.Sorted(keys(all)) {
		for _, line := range all[id] {
			err = errors.Join(err, w.Write(id, line))
		}
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func keys(all map[catalog.EnrolmentID][]evidence.Line) func(func(catalog.EnrolmentID) bool) {
	return func(yield func(catalog.EnrolmentID) bool) {
		for id := range all {
			if !yield(id) {
				return
			}
		}
	}
}

// heads vouch for chains with one record a day, for so many days.
func heads(t testing.TB, all map[catalog.EnrolmentID][]evidence.Line, days int) [][]byte {
	t.Helper()
	var stored [][]byte
	var before evidence.Sum
	for d := range days {
		day := evidence.DayOf(begin.AddDate(0, 0, d))
		h := evidence.Head{Day: day, WrittenAt: day.Next().Start().Add(10 * time.Minute), Previous: before}
		for _, id := range slices.Sorted(keys(all)) {
			if len(all[id]) > d {
				h.Entries = append(h.Entries, evidence.Entry{Program: "prg_1", Enrolment: id, Number: d + 1, Hash: all[id][d].Hash})
			}
		}
		text, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		read, err := evidence.ReadHead(text)
		if err != nil {
			t.Fatal(err)
		}
		stored, before = append(stored, text), read.Sum
	}
	return stored
}

func read(stored [][]byte) evidence.Heads {
	return func(yield func(evidence.StoredHead, error) bool) {
		for _, text := range stored {
			if !yield(evidence.ReadHead(text)) {
				return
			}
		}
	}
}

func TestVerifyAcceptsWhatWasWritten(t *testing.T) {
	t.Parallel()
	all := chains(t, 3, 1, 2)
	at := begin.AddDate(0, 0, 5)
	for days, unheaded := range map[int]int{0: 6, 1: 3, 2: 1, 3: 0, 4: 0} {
		got, err := evidence.Verify(bytes.NewReader(export(t, all, at)), read(heads(t, all, days)))
		if err != nil || got.Records != 6 || got.Enrolments != 3 || got.Heads != days || got.Unheaded != unheaded || got.Program != "prg_1" {
			t.Errorf("%d heads: %+v, %v", days, got, err)
		}
	}
	early := map[catalog.EnrolmentID][]evidence.Line{"enr_0": all["enr_0"][:2], "enr_2": all["enr_2"]}
	if got, err := evidence.Verify(bytes.NewReader(export(t, early, begin)), read(heads(t, all, 3))); err != nil || got.LastHead != "" {
		t.Errorf("heads that are newer than the export: %+v, %v", got, err)
	}
	if got, err := evidence.Verify(bytes.NewReader(export(t, nil, at)), evidence.NoHeads); err != nil || got.Records != 0 {
		t.Errorf("nothing: %+v, %v", got, err)
	}
}

func TestVerifyFindsAnyChangedByte(t *testing.T) {
	t.Parallel()
	all := chains(t, 2)
	good := export(t, all, begin.AddDate(0, 0, 5))
	vouched := heads(t, all, 2)
	for i := range good {
		for _, change := range []byte{1, 0x20} {
			bad := bytes.Clone(good)
			bad[i] ^= change
			if _, err := evidence.Verify(bytes.NewReader(bad), read(vouched)); err == nil {
				t.Fatalf("byte %d of %q… changed by %#x was not found", i, good[max(0, i-20):i+1], change)
			}
		}
	}
	for i := range vouched[0] {
		bad := bytes.Clone(vouched[0])
		bad[i] ^= 1
		if _, err := evidence.Verify(bytes.NewReader(good), read([][]byte{bad, vouched[1]})); err == nil {
			t.Fatalf("byte %d of a head changed was not found", i)
		}
	}
}

// TestVerifyFindsEveryForgery has somebody who owns the database and can write
// all hashes anew, but not the heads.
func TestVerifyFindsEveryForgery(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 3), 1, 3).Draw(t, "lengths")
		honest := forRapid(lengths)
		at := begin.AddDate(0, 0, 10)
		vouched := heads(discard{}, honest, 6)
		if _, err := evidence.Verify(bytes.NewReader(export(discard{}, honest, at)), read(vouched)); err != nil {
			t.Fatalf("honest: %v", err)
		}
		ids := slices.Sorted(keys(honest))
		id := rapid.SampledFrom(ids).Draw(t, "enrolment")
		n := rapid.IntRange(0, len(honest[id])-1).Draw(t, "record")
		forged := map[catalog.EnrolmentID][]evidence.Line{}
		for other, lines := range honest {
			forged[other] = slices.Clone(lines)
		}
		want := n + 1
		switch kind := rapid.SampledFrom([]string{"change", "cut", "remove", "add", "all", "head"}).Draw(t, "kind"); kind {
		case "change":
			forged[id][n].Record = bytes.Replace(forged[id][n].Record, []byte("900"), []byte("800"), 1)
			rehash(forged[id])
		case "cut":
			forged[id] = forged[id][:n]
		case "remove":
			forged[id] = slices.Delete(forged[id], n, n+1)
			for i := n; i < len(forged[id]); i++ {
				forged[id][i].Record = bytes.Replace(forged[id][i].Record, fmt.Appendf(nil, `"number":%d`, i+2), fmt.Appendf(nil, `"number":%d`, i+1), 1)
			}
			rehash(forged[id])
		case "add":
			want = len(forged[id]) + 1
			more := forged[id][0]
			more.Record = bytes.Replace(more.Record, []byte(`"number":1`), fmt.Appendf(nil, `"number":%d`, want), 1)
			forged[id] = append(forged[id], more)
			rehash(forged[id])
		case "all":
			delete(forged, id)
			want = 0
		case "head":
			vouched = slices.Delete(vouched, n%5, n%5+1)
			want = 0
		}
		_, err := evidence.Verify(bytes.NewReader(export(discard{}, forged, at)), read(vouched))
		var broken *evidence.Broken
		if !errors.As(err, &broken) || broken.Number != 0 && (broken.Enrolment != id || broken.Number != want) {
			t.Fatalf("forged record %d of %s: %v", want, id, err)
		}
	})
}

// rehash chains lines as an honest writer would.
func rehash(lines []evidence.Line) {
	var previous evidence.Sum
	for i := range lines {
		lines[i].Previous = previous
		lines[i].Hash = evidence.Hash(previous, lines[i].Record)
		previous = lines[i].Hash
	}
}

func forRapid(lengths []int) map[catalog.EnrolmentID][]evidence.Line {
	return chains(discard{}, lengths...)
}

// discard lets the helpers above run inside of a property.
type discard struct{ testing.TB }

func (discard) Helper()           {}
func (discard) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func TestVerifyNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	good := string(export(t, chains(t, 3), begin.AddDate(0, 0, 5)))
	lines := strings.SplitAfter(good, "\n")
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "cut off"},
		"other":     {"{}\n", "not an export"},
		"cut":       {good[:len(good)/2], "cut off in this line"},
		"no end":    {strings.Join(lines[:4], ""), "cut off"},
		"left out":  {lines[0] + lines[1] + lines[3] + lines[4], "line 3: enrolment enr_0: record 2: it is missing; record 3 follows"},
		"swapped":   {lines[0] + lines[2] + lines[1] + lines[3] + lines[4], "record 1: it is missing"},
		"twice":     {lines[0] + lines[1] + lines[1] + lines[2] + lines[3] + lines[4], "record 2: it is missing"},
		"changed":   {strings.Replace(good, `"counted_ms":900`, `"counted_ms":901`, 1), "line 2: enrolment enr_0: record 1: its content does not have its hash"},
		"followed":  {good + "\n", "something follows"},
		"last line": {strings.Replace(good, `"records":3`, `"records":4`, 1), "its last line says 4"},
	} {
		_, err := evidence.Verify(strings.NewReader(c.text), evidence.NoHeads)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(export(f, chains(f, 2, 1), begin))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = evidence.Verify(bytes.NewReader(text), evidence.NoHeads)
	})
}
