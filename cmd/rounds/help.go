package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"
)

// helpWithSettings prints kong's help and, for the whole program, one line for
// each ROUNDS_… setting with the commands that read it.
func helpWithSettings(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if ctx.Selected() != nil {
		return nil
	}
	w := tabwriter.NewWriter(ctx.Stdout, 0, 0, 2, ' ', 0)
	lines := "\nSettings (environment variables; each is also a flag of its commands):\n"
	for _, s := range collectSettings(ctx.Model.Node) {
		lines += fmt.Sprintf("  %s\t%s%s\t[%s]\n", s.env, s.help, s.defaultText(), strings.Join(s.commands, ", "))
	}
	if _, err := io.WriteString(w, lines); err != nil {
		return err
	}
	return w.Flush()
}

// setting is one environment variable as the help shows it.
type setting struct {
	env, help, standard string
	commands            []string
}

func (s setting) defaultText() string {
	if s.standard == "" {
		return ""
	}
	return fmt.Sprintf(" (default %s)", s.standard)
}

// collectSettings gathers the settings of all commands, sorted by name.
func collectSettings(root *kong.Node) []setting {
	byEnv := map[string]*setting{}
	_ = kong.Visit(root, func(node kong.Visitable, next kong.Next) error {
		if n, ok := node.(*kong.Node); ok {
			addSettings(byEnv, n)
		}
		return next(nil)
	})
	settings := make([]setting, 0, len(byEnv))
	for _, s := range byEnv {
		settings = append(settings, *s)
	}
	slices.SortFunc(settings, func(a, b setting) int { return cmp.Compare(a.env, b.env) })
	return settings
}

func addSettings(byEnv map[string]*setting, node *kong.Node) {
	command := "all"
	if node.Type != kong.ApplicationNode {
		command = node.Path()
		command = strings.TrimPrefix(command, "rounds ")
	}
	for _, flag := range node.Flags {
		for _, env := range flag.Envs {
			s := byEnv[env]
			if s == nil {
				s = &setting{env: env, help: flag.Help, standard: flag.Default}
				byEnv[env] = s
			}
			s.commands = append(s.commands, command)
		}
	}
}
