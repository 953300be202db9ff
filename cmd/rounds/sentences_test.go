package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// textArguments are the functions that take the text of a catalog.Sentence, and
// which of their arguments are one.
var textArguments = map[string][]int{
	"Say": {0}, "Invalid": {1}, "newProblem": {2}, // the makers
	"Fine": {0}, "NotKnown": {0}, "Not": {1, 2}, "with": {1, 2}, // of what checks find
	"green": {1}, "not": {3}, "whole": {0}, "conflictIfNone": {2}, "refused": {0}, "refuse": {0}, "requiredText": {2}, "bad": {1}, "taken": {4}, "damaged": {0}, "warn": {1},
}

// textTypes are the structs whose Message is one; [errorRow] has it last.
var textTypes = []string{"FieldError", "ConflictError", "RateLimitError", "UploadIncompleteError", "Error", "Errors", "Warning", "Failure"}

// sayable collects what the program can say, and where.
type sayable struct {
	t      *testing.T
	files  *token.FileSet
	consts map[string]string // of the package
	found  map[string]token.Position
}

// TestSentencesHaveWordsInEveryLanguage reads the source for every sentence that
// an error, an explanation or a check can say, and for what settings do, and holds
// the locale files to them: none is missing, none is left over, and each has the same places to fill in. Each
// must be a constant, or nobody could know it beforehand.
func TestSentencesHaveWordsInEveryLanguage(t *testing.T) {
	t.Parallel()
	said := readTexts(t, "../../catalog", "../../playback", "../../transcode", "../../deploy/care", ".")
	for _, s := range settings(new(serveCommand)) {
		said[s.Help] = token.Position{Filename: s.Name}
	}
	files, err := filepath.Glob("../../player/locales/*.json")
	if err != nil || len(files) < 2 || len(said) < 200 {
		t.Fatalf("%d languages, %d sentences, %v", len(files), len(said), err)
	}
	for _, file := range files {
		var l struct {
			Lang      string
			Plurals   map[string]string
			Sentences map[string]any
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &l); err != nil {
			t.Fatal(file, err)
		}
		for text, where := range said {
			if _, ok := l.Sentences[text]; !ok && l.Lang != english && hasWords(text) {
				t.Errorf("%s has no words for %q of %s", l.Lang, text, where)
			}
		}
		for text, words := range l.Sentences {
			if _, ok := said[text]; !ok {
				t.Errorf("%s has words that nobody says: %q", l.Lang, text)
			}
			checkWords(t, l.Lang, text, words, slices.Collect(maps.Keys(l.Plurals)))
		}
	}
}

// hasWords tells a sentence from what only puts others together.
func hasWords(text string) bool {
	return strings.ContainsFunc(verbs.ReplaceAllString(text, ""), func(r rune) bool { return 'a' <= r && r <= 'z' })
}

// verbs are the places to fill in of a text, as fmt reads them.
var verbs = regexp.MustCompile(`%(?:\[(\d+)\])?([.0-9]*[a-z%])`)

// placesOf lists which argument is filled in how, in the order of arguments.
func placesOf(text string) []string {
	var places []string
	next := 1
	for _, m := range verbs.FindAllStringSubmatch(text, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		places = append(places, strconv.Itoa(next)+m[2])
		next++
	}
	slices.Sort(places)
	return places
}

// checkWords holds one wording to its sentence. A form for one number may leave
// the number out.
func checkWords(t *testing.T, lang, text string, words any, forms []string) {
	t.Helper()
	if one, ok := words.(string); ok {
		if strings.TrimSpace(one) == "" || !slices.Equal(placesOf(one), placesOf(text)) {
			t.Errorf("%s: %q fills in %v, not %v as %q does", lang, one, placesOf(one), placesOf(text), text)
		}
		return
	}
	all, ok := words.(map[string]any)
	if !ok || all["other"] == nil {
		t.Errorf("%s: %q has neither words nor plural forms", lang, text)
		return
	}
	for _, form := range append(forms, "other") {
		said, _ := all[form].(string)
		if strings.TrimSpace(said) == "" {
			t.Errorf("%s: %q lacks the form %s", lang, text, form)
		}
		if form != "zero" && form != "one" && form != "two" && !slices.Equal(placesOf(said), placesOf(text)) {
			t.Errorf("%s: %q fills in %v, not %v as %q does", lang, said, placesOf(said), placesOf(text), text)
		}
	}
}

func readTexts(t *testing.T, folders ...string) map[string]token.Position {
	t.Helper()
	all := &sayable{t: t, files: token.NewFileSet(), found: map[string]token.Position{}}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				all.readPackage(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.found
}

func (x *sayable) readPackage(folder string) {
	names, _ := filepath.Glob(folder + "/*.go")
	var sources []*ast.File
	x.consts = map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(x.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			x.t.Fatal(err)
		}
		sources = append(sources, file)
		ast.Inspect(file, x.keepConst)
	}
	for _, file := range sources {
		ast.Inspect(file, x.look)
	}
}

func (x *sayable) keepConst(n ast.Node) bool {
	if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
		for i, name := range spec.Names {
			if text, ok := x.constant(spec.Values[i]); ok {
				x.consts[name.Name] = text
			}
		}
	}
	return true
}

func (x *sayable) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		for _, at := range textArguments[lastName(n.Fun)] {
			if at < len(n.Args) {
				x.add(n.Args[at])
			}
		}
	case *ast.CompositeLit:
		x.lookAtLiteral(n)
	case *ast.ValueSpec:
		if len(n.Names) == 1 && n.Names[0].Name == "remedy" { // of several functions
			x.add(n.Values[0])
		}
		if len(n.Names) == 1 && n.Names[0].Name == "sentences" { // of recordings that cannot be used
			for _, pair := range n.Values[0].(*ast.CompositeLit).Elts { //nolint:forcetypeassert // a map, or the test has to be changed
				x.add(pair.(*ast.KeyValueExpr).Value) //nolint:forcetypeassert // the same
			}
		}
	case *ast.AssignStmt:
		if len(n.Lhs) > 0 && lastName(n.Lhs[0]) == "Message" {
			x.add(n.Rhs[0])
		}
	}
	return true
}

func (x *sayable) lookAtLiteral(n *ast.CompositeLit) {
	if list, ok := n.Type.(*ast.ArrayType); ok && lastName(list.Elt) == "errorRow" {
		for _, row := range n.Elts {
			x.add(row.(*ast.CompositeLit).Elts[3]) //nolint:forcetypeassert // a table
		}
	}
	if list, ok := n.Type.(*ast.ArrayType); ok && slices.Contains(textTypes, lastName(list.Elt)) {
		for _, element := range n.Elts {
			if one, ok := element.(*ast.CompositeLit); ok && one.Type == nil {
				one.Type = list.Elt
			}
		}
	}
	if list, ok := n.Type.(*ast.ArrayType); ok && lastName(list.Elt) == "MessageKindInfo" {
		for _, row := range n.Elts {
			x.addField(row.(*ast.CompositeLit), "Called") //nolint:forcetypeassert // a table
		}
	}
	if table, ok := n.Type.(*ast.MapType); ok && lastName(table.Value) == "due" {
		for _, pair := range n.Elts {
			row := pair.(*ast.KeyValueExpr).Value.(*ast.CompositeLit) //nolint:forcetypeassert // a table
			for _, name := range []string{"None", "Last", "Remedy"} {
				x.addField(row, name)
			}
		}
	}
	if !slices.Contains(textTypes, lastName(n.Type)) {
		return
	}
	for _, element := range n.Elts {
		switch e := element.(type) {
		case *ast.KeyValueExpr:
			if lastName(e.Key) == "Message" {
				x.add(e.Value)
			}
		case *ast.CompositeLit: // of a list
			e.Type = ast.NewIdent("Error")
		}
	}
}

// addField notes what a field of a literal is set to.
func (x *sayable) addField(n *ast.CompositeLit, name string) {
	for _, element := range n.Elts {
		if e, ok := element.(*ast.KeyValueExpr); ok && lastName(e.Key) == name {
			x.add(e.Value)
		}
	}
}

// add notes a text. What is handed on by a name of another's is looked at where it comes from.
func (x *sayable) add(e ast.Expr) {
	if text, ok := x.constant(e); ok {
		x.found[text] = x.files.Position(e.Pos())
		return
	}
	switch e := e.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		return
	case *ast.CallExpr:
		if lastName(e.Fun) == "say" { // it was put into a language already
			return
		}
	}
	x.t.Errorf("%s: the text of a sentence has to be a constant, with Args for what is filled in", x.files.Position(e.Pos()))
}

func (x *sayable) constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		text, ok := x.consts[e.Name]
		return text, ok
	case *ast.BinaryExpr:
		left, one := x.constant(e.X)
		right, two := x.constant(e.Y)
		return left + right, one && two
	}
	return "", false
}

// lastName is Say of catalog.Say(…), FieldError of &catalog.FieldError{…}.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
