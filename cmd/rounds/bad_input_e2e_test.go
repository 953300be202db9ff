package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestBadInputThroughTheFrontDoor: nothing that a client writes to the edge is
// answered by a 5xx, a hang-up or anything but a problem.
func TestBadInputThroughTheFrontDoor(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	head := "POST /v1/programs HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.base, "http://") +
		"\r\nAuthorization: Bearer " + s.adminToken + "\r\nContent-Type: application/json\r\n"
	sized := func(body string) string {
		return head + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	cases := map[string]struct {
		request string
		status  int
		field   string // "": none is named
	}{
		"too large for the edge":     {sized(strings.Repeat(" ", 10_000_000)), 413, ""},
		"too large for the endpoint": {sized(strings.Repeat(" ", 5_000_000)), 413, ""},
		"broken chunks":              {head + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n", 400, "body"},
		"nothing":                    {sized(""), 400, "body"},
		"half an object":             {sized(`{"title":`), 400, "body"},
		"very deep":                  {sized(strings.Repeat("[", 200_000)), 400, "body"},
		"no title":                   {sized(`{}`), 422, "body.title"},
		"control characters":         {sized(`{"title":"a\u0000b"}`), 422, "body.title"},
		"invalid UTF-8":              {sized("{\"title\":\"\xff\"}"), 422, "body.title"},
		"unknown field":              {sized(`{"title":"x","colour":1}`), 422, "body.colour"},
		"no such method":             {strings.Replace(sized(`{}`), "POST", "PUT", 1), 405, ""},
		"no such route":              {strings.Replace(sized(`{}`), "/programs", "/nothing", 1), 404, ""},
		"NUL in an id":               {strings.Replace(sized(`{"title":"x"}`), "/programs", "/programs/%00/courses", 1), 404, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, kind, body := rawRequest(t, s.base, c.request)
			if status != c.status || kind != "application/problem+json" {
				t.Errorf("%d %s %s, want %d", status, kind, body, c.status)
			}
			if c.field != "" && !strings.Contains(body, `"location":"`+c.field+`"`) {
				t.Errorf("%s does not name %s", body, c.field)
			}
		})
	}
}

// rawRequest writes all of request before it reads, as simple clients do.
func rawRequest(t *testing.T, base, request string) (status int, kind, body string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(text)
}
