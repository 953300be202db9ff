package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// The people of the demo. example.org never receives mail (RFC 2606).
const (
	demoDoctor    = "doctor@example.org"
	demoPresenter = "presenter@example.org"
	demoAdmin     = "admin@example.org"
)

// seed makes the demo program through the public API, as an administrator
// would, and registers its doctor, as a doctor would.
func (s *supervisor) seed(ctx context.Context) error {
	d, api := &s.state.Demo, &apiClient{base: s.base, token: s.state.AdminToken}
	if d.Seeded {
		return nil
	}
	for _, step := range []func(context.Context, *apiClient, *demoState) error{
		seedProgram, seedCourse, seedPresenter, seedWebinar, seedCourses, seedInvitations, seedAdministrator, s.seedDoctor,
	} {
		if err := errors.Join(step(ctx, api, d), s.state.save()); err != nil {
			return err
		}
	}
	d.Seeded = true
	return s.state.save()
}

func seedProgram(ctx context.Context, api *apiClient, d *demoState) error {
	return api.create(ctx, &d.ProgramID, "/v1/programs", object{
		"title":       "Certificate in Heart Failure Care",
		"description": "A certification for physicians who look after people with heart failure.",
	})
}

func seedCourse(ctx context.Context, api *apiClient, d *demoState) error {
	return api.create(ctx, &d.CourseID, "/v1/programs/"+d.ProgramID+"/courses", object{
		"title": "Course 1: Recognising and starting treatment",
	})
}

func seedPresenter(ctx context.Context, api *apiClient, d *demoState) error {
	d.PresenterEmail = demoPresenter
	return api.create(ctx, &d.PresenterID, "/v1/presenters", object{"email": demoPresenter, "name": "Dr Amara Osei"})
}

func seedWebinar(ctx context.Context, api *apiClient, d *demoState) error {
	return api.create(ctx, &d.WebinarID, "/v1/courses/"+d.CourseID+"/webinars", object{
		"title":         "Heart failure with reduced ejection fraction: the first ninety days",
		"presenter_ids": []string{d.PresenterID},
	})
}

// seedInvitations makes two: one for the demo doctor, one left for whoever
// wants to try registering.
func seedInvitations(ctx context.Context, api *apiClient, d *demoState) error {
	if len(d.Invitations) > 0 {
		return nil
	}
	var made struct {
		Items []struct {
			Code string `json:"code"`
		} `json:"items"`
	}
	if err := api.call(ctx, http.MethodPost, "/v1/programs/"+d.ProgramID+"/invitations", object{"count": 2}, &made); err != nil {
		return err
	}
	if len(made.Items) != 2 {
		return fmt.Errorf("asked for 2 invitations, got %d", len(made.Items))
	}
	d.Invitations = []string{made.Items[0].Code, made.Items[1].Code}
	d.InvitationCode = d.Invitations[1]
	return nil
}

// seedAdministrator makes the account of somebody who runs the program; the
// token above stands for a machine.
func seedAdministrator(ctx context.Context, api *apiClient, d *demoState) error {
	if err := api.create(ctx, &d.AdminID, "/v1/presenters", object{"email": demoAdmin, "name": "Noor Haddad"}); err != nil {
		return err
	}
	return api.call(ctx, http.MethodPatch, "/v1/accounts/"+d.AdminID, object{"roles": []string{"admin"}}, nil)
}

// seedDoctor registers the doctor as a browser would: invitation, code from the
// mail, first session.
func (s *supervisor) seedDoctor(ctx context.Context, _ *apiClient, d *demoState) error {
	visitor := &apiClient{base: s.base}
	d.DoctorEmail = demoDoctor
	if !d.Requested {
		registration := object{
			"invitation_code": d.Invitations[0], "email": demoDoctor, "name": "Dr Lena Fischer",
			"country": "DE", "time_zone": "Europe/Berlin", "speciality": "Cardiology",
		}
		if err := visitor.call(ctx, http.MethodPost, "/v1/auth/register", registration, nil); err != nil {
			return err
		}
		d.Requested = true
		if err := s.state.save(); err != nil {
			return err
		}
	}
	code, err := mailedCode(ctx, s.folders.mail, demoDoctor)
	if err != nil {
		return err
	}
	return visitor.call(ctx, http.MethodPost, "/v1/auth/session", object{"email": demoDoctor, "code": code}, nil)
}

// codeLine is how a mail carries the one-time code: alone on a line.
var codeLine = regexp.MustCompile(`(?m)^(\d{6})\r?$`)

// mailedCode waits for a mail to an address and returns the newest code in it.
func mailedCode(ctx context.Context, dir, email string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if code, err := newestCode(dir, email); code != "" || err != nil {
			return code, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return "", fmt.Errorf("no code for %s arrived in %s", email, dir)
		}
	}
}

func newestCode(dir, email string) (code string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		return "", err
	}
	var newest time.Time
	for _, file := range files {
		info, errStat := os.Stat(file)
		content, errRead := os.ReadFile(file)
		if errors.Join(errStat, errRead) != nil || !strings.Contains(string(content), email) || info.ModTime().Before(newest) {
			continue
		}
		if match := codeLine.FindSubmatch(content); match != nil {
			code, newest = string(match[1]), info.ModTime()
		}
	}
	return code, nil
}
