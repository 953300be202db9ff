package catalog

import "testing"

func TestPartSizeFor(t *testing.T) {
	t.Parallel()
	tests := []struct{ size, part int64 }{
		{1, 8 << 20}, {70 << 30, 8 << 20}, {72 << 30, 9 << 20}, {5 << 40, 583 << 20},
	}
	for _, tt := range tests {
		if got := PartSizeFor(tt.size); got != tt.part {
			t.Errorf("PartSizeFor(%d) = %d, want %d", tt.size, got, tt.part)
		}
		u := Upload{Recording: Recording{SizeBytes: tt.size}, PartSizeBytes: tt.part}
		var sum int64
		for n := 1; n <= u.Parts(); n++ {
			sum += u.PartSize(n)
		}
		if sum != tt.size || u.Parts() > maxParts {
			t.Errorf("%d parts of %d sum to %d, want %d", u.Parts(), tt.part, sum, tt.size)
		}
	}
}
