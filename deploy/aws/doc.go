// Command aws brings Rounds up on AWS, one stack after the other, replaces its
// secrets, and takes it down again. `make deploy`, `make rotate` and `make destroy` run it:
//
//	go run ./deploy/aws up ENVIRONMENT [--version V] [--yes] [--plan]
//	go run ./deploy/aws rotate ENVIRONMENT database|origin [--yes]
//	go run ./deploy/aws down ENVIRONMENT
//
// stacks.yaml says what is made and in which order. Each stack is fed by those
// before through SSM parameters below /rounds/ENVIRONMENT; a template says in its
// metadata which of its parameters come from there, which this command finds out,
// and the rest is in ENVIRONMENT.yaml or has a default:
//
//	stacks.yaml → template ┬ Metadata.Rounds.From      a parameter, by its name
//	                       ├ Metadata.Rounds.FromHome  its value, for another region
//	                       ├ Metadata.Rounds.Settings  found out here (settings.go)
//	                       └ ENVIRONMENT.yaml          everything else
//	         → change set → shown → agreed to → made
//
// Nothing is changed before it was shown and agreed to. Running the command again
// continues where it stopped; once more changes nothing. Keys are made in memory
// and put straight into Secrets Manager: they are in no argument, file or output.
//
// Files are read by go.yaml.in/yaml: others stumble over CloudFormation's short
// forms such as !Ref. It is the home of the AWS clients of deploying and imports nothing of this
// module, so that it can be run whatever state the program is in.
package main
