package attendance_test

import (
	"fmt"
	"testing"

	"rounds/playback"
	"rounds/playback/attendance"
)

func TestSuggestions(t *testing.T) {
	t.Parallel()
	s := attendance.NewSuggestions([]playback.Person{
		{AccountID: "acc_ana", Name: "Dr Ana López", Email: "a.lopez@hospital.example"},
		{AccountID: "acc_ben", Name: "Benjamin Okafor", Email: "ben77@hospital.example"},
		{AccountID: "acc_li", Name: "李 伟", Email: "liwei@hospital.example"},
		{AccountID: "acc_anna", Name: "Anna Lopes", Email: "lopes@praxis.example"},
	})
	for _, c := range []struct {
		who  playback.Known
		want string
	}{
		{playback.Known{Name: "Lopez, Ana"}, "[acc_ana acc_anna]"},
		{playback.Known{Name: "Prof. Dr. ANA LÓPEZ"}, "[acc_ana acc_anna]"},
		{playback.Known{Email: "ana.lopez@private.example"}, "[acc_ana acc_anna]"},
		{playback.Known{Email: "ben@private.example", Name: "iPad"}, "[acc_ben]"},
		{playback.Known{Email: "benjamin.okafr@private.example"}, "[acc_ben]"},
		{playback.Known{Name: "Li Wei (Wei)", Email: "li.wei@private.example"}, "[acc_li]"},
		{playback.Known{Name: "李伟"}, "[acc_li]"},
		{playback.Known{Name: "李 伟"}, "[acc_li]"},
		{playback.Known{Name: "iPhone"}, "[]"},
		{playback.Known{Name: "Dr"}, "[]"},
		{playback.Known{}, "[]"},
	} {
		ids := []string{}
		for _, found := range s.For(c.who) {
			if ids = append(ids, string(found.AccountID)); found.Likeness <= 0 || found.Likeness > 1 {
				t.Errorf("%+v: %+v", c.who, found)
			}
		}
		if got := fmt.Sprint(ids); got != c.want {
			t.Errorf("%+v may be %s, want %s", c.who, got, c.want)
		}
	}
}

func TestAtMostThreeAreSuggested(t *testing.T) {
	t.Parallel()
	var doctors []playback.Person
	for i := range 5 {
		doctors = append(doctors, playback.Person{AccountID: "acc_x", Name: "Ana López", Email: fmt.Sprintf("%d@x.example", i)})
	}
	if found := attendance.NewSuggestions(doctors).For(playback.Known{Name: "Ana López"}); len(found) != 3 || found[0].Likeness != 1 {
		t.Errorf("%+v", found)
	}
}

func BenchmarkSuggestions(b *testing.B) {
	var doctors []playback.Person
	for i := range 13_000 {
		doctors = append(doctors, playback.Person{Name: fmt.Sprintf("%c%c %c%c%c", 'a'+i%26, 'a'+i/7%26, 'a'+i/26%26, 'a'+i/3%26, 'a'+i/676%26), Email: fmt.Sprintf("u%d@x.example", i)})
	}
	s := attendance.NewSuggestions(doctors)
	for b.Loop() {
		s.For(playback.Known{Name: "Ana López", Email: "ana.lopez@private.example"})
	}
}
