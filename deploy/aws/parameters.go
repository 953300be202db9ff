package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// parameterStore is what is used of SSM.
type parameterStore interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
	PutParameter(context.Context, *ssm.PutParameterInput, ...func(*ssm.Options)) (*ssm.PutParameterOutput, error)
}

// parameters are those below /rounds/ENVIRONMENT/, by which stacks know each other.
type parameters struct {
	client      parameterStore
	environment string
}

func (p parameters) name(path string) string { return "/rounds/" + p.environment + "/" + path }

// get returns a parameter that has to be there.
func (p parameters) get(ctx context.Context, path string) (string, error) {
	value, there, err := p.look(ctx, path)
	if err == nil && !there {
		err = fmt.Errorf("the parameter %s is missing: the stack that makes it was not brought up", p.name(path))
	}
	return value, err
}

// find returns a parameter, or nothing when it is not there.
func (p parameters) find(ctx context.Context, path string) (string, error) {
	value, _, err := p.look(ctx, path)
	return value, err
}

func (p parameters) look(ctx context.Context, path string) (value string, there bool, err error) {
	found, err := p.client.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(p.name(path))})
	if missing := (*types.ParameterNotFound)(nil); errors.As(err, &missing) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("the parameter %s: %w", p.name(path), err)
	}
	return aws.ToString(found.Parameter.Value), true, nil
}

// keep writes a parameter, or over it.
func (p parameters) keep(ctx context.Context, path, value string) error {
	_, err := p.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(p.name(path)), Value: &value, Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("keep the parameter %s: %w", p.name(path), err)
	}
	return nil
}
