package main

import (
	"fmt"
	"reflect"
	"strings"

	"rounds/catalog/catalogapi"
)

// openSettings are those whose names look like secrets and are none.
var openSettings = []string{"ROUNDS_BASE_URL", "ROUNDS_KEY_LIMIT", "ROUNDS_SIGNING_KEY_ID"} //nolint:gochecknoglobals // a constant

// settings lists how a command was set: every field that an environment variable
// sets. Of what may hold a secret, and addresses may hold passwords, it tells
// only whether there is one.
func settings(command any) (found []catalogapi.Setting) {
	v := reflect.Indirect(reflect.ValueOf(command))
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		env := field.Tag.Get("env")
		switch {
		case env != "":
			found = append(found, catalogapi.Setting{Name: env, Value: shownSetting(env, value), Help: field.Tag.Get("help")})
		case field.IsExported() && value.Kind() == reflect.Struct:
			found = append(found, settings(value.Interface())...)
		}
	}
	return found
}

func shownSetting(env string, value reflect.Value) string {
	if !mayBeSecret(env) {
		return fmt.Sprint(value.Interface())
	}
	if value.IsZero() {
		return ""
	}
	return "•••"
}

func mayBeSecret(env string) bool {
	for _, open := range openSettings {
		if env == open {
			return false
		}
	}
	for _, word := range []string{"SECRET", "PASSWORD", "TOKEN", "KEY", "URL", "PEPPER", "CREDENTIAL"} {
		if strings.Contains(env, word) {
			return true
		}
	}
	return false
}
