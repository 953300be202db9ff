package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// project is the folder of the project, where templates and settings are read.
type project string

// environment is what deploy/aws/ENVIRONMENT.yaml says.
type environment struct {
	Region     string            `yaml:"region"`
	Parameters map[string]string `yaml:"parameters"` // of templates, as they are written there
}

func (p project) path(words ...string) string {
	return filepath.Join(append([]string{string(p)}, words...)...)
}

// environment reads the settings of one.
func (p project) environment(name string) (environment, error) {
	var e environment
	if err := readYAML(p.path("deploy", "aws", name+".yaml"), &e); err != nil {
		return environment{}, err
	}
	if e.Region == "" {
		return environment{}, fmt.Errorf("deploy/aws/%s.yaml: region is missing", name)
	}
	return e, nil
}

// order reads what is made in which order.
func (p project) order() ([]string, error) {
	var file struct {
		Order []string `yaml:"order"`
	}
	err := readYAML(p.path("deploy", "aws", "stacks.yaml"), &file)
	return file.Order, err
}

func readYAML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
