package care

import (
	"context"
	"fmt"
	"time"
)

// Run asks all checks of a kind at once and returns when each has answered or its
// time is over: then its line is red. Order is that of [Checks]. A check
// that is not among them is a fault of the program.
func Run(ctx context.Context, kind Kind, host string, checks []Check, limit time.Duration) Report {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answers := map[string]chan Line{}
	for _, c := range checks {
		k, ok := known(c.Name)
		if !ok {
			panic(fmt.Sprintf("care: %q is not a known check", c.Name))
		}
		if k.Weekly && kind != Weekly {
			continue
		}
		answers[c.Name] = ask(ctx, k, c)
	}
	r := Report{Kind: kind, Host: host, At: began.UTC(), Light: Green}
	for _, k := range Checks {
		answer, asked := answers[k.Name]
		if !asked {
			continue
		}
		line := wait(ctx, k, answer, limit)
		r.Lines = append(r.Lines, line)
		if line.Light != Unknown && line.Light.Worse(r.Light) {
			r.Light = line.Light
		}
	}
	r.TookS = seconds(time.Since(began))
	return r
}

// ask has a check done; the channel has room, so that nobody waits for a reader
// that has gone.
func ask(ctx context.Context, k Known, c Check) chan Line {
	answer := make(chan Line, 1)
	go func() {
		began := time.Now()
		answer <- lineOf(k, look(ctx, c), time.Since(began))
	}()
	return answer
}

// look keeps a mistake in one check from ending the process that serves doctors.
func look(ctx context.Context, c Check) (f Finding) {
	defer func() {
		if mistake := recover(); mistake != nil {
			f = Not(Amber, "Report it: this is a mistake in the check, not in what it looks at.", "The check failed: %s.", fmt.Sprint(mistake))
		}
	}()
	return c.Look(ctx)
}

func wait(ctx context.Context, k Known, answer chan Line, limit time.Duration) Line {
	select {
	case line := <-answer:
		return line
	case <-ctx.Done():
	}
	select {
	case line := <-answer: // both at the same moment
		return line
	default:
		return lineOf(k, Not(Red, "See why it hangs: the network between this machine and what is asked, then that itself.", "No answer within %s.", limit.String()), limit)
	}
}

func lineOf(k Known, f Finding, took time.Duration) Line {
	return Line{
		Check: k.Name, Area: k.Area, Light: f.Light, Sentence: f.Sentence, Remedy: f.Remedy,
		Runbook: "deploy/runbooks/" + k.Runbook + ".md", TookS: seconds(took), Figures: f.Figures,
	}
}

// seconds is a time in seconds, to the millisecond.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
