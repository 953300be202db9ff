package main

import (
	"os"

	"go.yaml.in/yaml/v3"
)

// template is what one file of deploy/cloudformation asks for. Its resources are
// CloudFormation's business; they are not looked at here.
type template struct {
	name       string
	text       string
	parameters declarations
	asks       asks
}

// asks is Metadata.Rounds: where parameters come from, by their names.
type asks struct {
	Settings map[string]string `yaml:"Settings"` // found out by this command
	From     map[string]string `yaml:"From"`     // names of SSM parameters
	FromHome map[string]string `yaml:"FromHome"` // names of SSM parameters in the region of the rest, which are read here
	Region   string            `yaml:"Region"`   // of the stack, when it is another one
}

// parameter is one that a template declares.
type parameter struct {
	name        string
	description string
	hasDefault  bool
}

// template reads one by the name of its stack.
func (p project) template(name string) (template, error) {
	path := p.path("deploy", "cloudformation", name+".yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return template{}, err
	}
	var file struct {
		Metadata struct {
			Rounds asks `yaml:"Rounds"`
		} `yaml:"Metadata"`
		Parameters declarations `yaml:"Parameters"`
	}
	if err := readYAML(path, &file); err != nil {
		return template{}, err
	}
	return template{name, string(text), file.Parameters, file.Metadata.Rounds}, nil
}

// declarations are the parameters of a template, in its order.
type declarations []parameter

// UnmarshalYAML reads the section Parameters: names and their declarations in turn.
func (d *declarations) UnmarshalYAML(section *yaml.Node) error {
	for i := 0; i+1 < len(section.Content); i += 2 {
		var fields struct {
			Description string    `yaml:"Description"`
			Default     yaml.Node `yaml:"Default"`
		}
		if err := section.Content[i+1].Decode(&fields); err != nil {
			return err
		}
		*d = append(*d, parameter{section.Content[i].Value, fields.Description, !fields.Default.IsZero()})
	}
	return nil
}
