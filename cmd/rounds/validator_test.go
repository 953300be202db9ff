package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"rounds/player"
)

// TestValidatorsWordsAreKnown reads every text of the validator's version that
// go.mod names: each has words of ours.
func TestValidatorsWordsAreKnown(t *testing.T) {
	t.Parallel()
	folder, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/danielgtaylor/huma/v2/validation").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(folder)), "messages.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := 0
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		texts++
		message := strings.NewReplacer("%v", "7", "%d", "7", "%s", "seven").Replace(text)
		if said, ok := readable(findings, message); !ok || strings.Contains(said.String(), "%!") {
			t.Errorf("%q is said as %q", message, said)
		}
		return true
	})
	if texts < 40 {
		t.Errorf("only %d texts", texts)
	}
}

// TestValidatorSpeaksTheReadersLanguage: beside a field stands what is wrong with
// it, and not the name that programs call it by.
func TestValidatorSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	p := problemFound(422, "validation failed", &huma.ErrorDetail{Location: "body.name", Message: "expected length <= 200"})
	if want := "Please correct: name: is too long (at most 200 characters)."; p.Detail != want {
		t.Errorf("%q, want %q", p.Detail, want)
	}
	answer := &memoryAnswer{header: map[string][]string{}}
	sendProblem(answer, p.in("ar"))
	wrong, ok := pageError(answer).(*player.FieldError) //nolint:errorlint // nothing wraps it
	if !ok || wrong.Field != "name" || wrong.Message != "أطول من اللازم (الحد الأقصى للأحرف: \u2068200\u2069)." {
		t.Errorf("%+v", wrong)
	}
	two := problemFound(422, "validation failed", &huma.ErrorDetail{Location: "body.a", Message: "expected string"}, &huma.ErrorDetail{Location: "query.b", Message: "required query parameter is missing"})
	if told := two.in("ar").Detail; told != "يُرجى تصحيح ما يلي: \u2068a\u2069: يجب أن يكون نصًا؛ \u2068b\u2069: غير موجود." {
		t.Errorf("%q", told)
	}
	if told := problemFound(400, "request body is required").in("ar"); told.Detail != "يحتاج هذا الطلب إلى محتوى." || told.Errors[0].Message != told.Detail {
		t.Errorf("%+v", told)
	}
}
