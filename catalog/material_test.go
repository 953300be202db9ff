package catalog_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"rounds/catalog"
)

func TestMaterialsAreFilesThatDoctorsCanOpen(t *testing.T) {
	t.Parallel()
	good := catalog.Material{Filename: `C:\talks\Slides.PDF`, SizeBytes: 10, SHA256: base64.StdEncoding.EncodeToString(make([]byte, 32))}
	m, err := catalog.CleanMaterial(good)
	if err != nil || m.Filename != "Slides.PDF" || m.Title != "Slides.PDF" || m.ContentType != "application/pdf" {
		t.Errorf("%+v %v", m, err)
	}
	for code, change := range map[string]func(*catalog.Material){
		"unsupported_type": func(m *catalog.Material) { m.Filename = "page.html" },
		"too_large":        func(m *catalog.Material) { m.SizeBytes = catalog.MaxMaterialBytes + 1 },
		"invalid_checksum": func(m *catalog.Material) { m.SHA256 = "none" },
		"invalid_text":     func(m *catalog.Material) { m.Title = "a\x00b" },
		"required":         func(m *catalog.Material) { m.Filename = " " },
	} {
		bad := good
		change(&bad)
		var field *catalog.FieldError
		if _, err := catalog.CleanMaterial(bad); !errors.As(err, &field) || field.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
}
