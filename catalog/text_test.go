package catalog

import (
	"errors"
	"strings"
	"testing"
)

func TestCleanLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, code string }{
		{"  Dr. Ana\t  López ", "Dr. Ana López", ""},
		{"心电图", "心电图", ""},
		{"a\x00b", "", "invalid_text"},
		{"a\nb", "", "invalid_text"},
		{"\xff", "", "invalid_text"},
		{"   ", "", "required"},
		{strings.Repeat("é", 11), "", "too_long"},
		{strings.Repeat("é", 10), strings.Repeat("é", 10), ""},
	}
	for _, tt := range tests {
		limit := 20
		if strings.HasPrefix(tt.in, "é") {
			limit = 10
		}
		got, err := CleanLine("name", tt.in, limit, true)
		var field *FieldError
		if errors.As(err, &field); got != tt.want || (tt.code == "") != (err == nil) || field != nil && field.Code != tt.code {
			t.Errorf("CleanLine(%q) = %q, %v; want %q, %q", tt.in, got, err, tt.want, tt.code)
		}
	}
}

func TestCleanTextKeepsLines(t *testing.T) {
	t.Parallel()
	if got, err := CleanText("description", " a\r\nb ", 10); got != "a\nb" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
