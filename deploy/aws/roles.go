package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
)

// roles is what is used of IAM.
type roles interface {
	CreateServiceLinkedRole(context.Context, *iam.CreateServiceLinkedRoleInput, ...func(*iam.Options)) (*iam.CreateServiceLinkedRoleOutput, error)
}

// makeServiceRoles makes the roles that AWS makes by itself at first use, too late
// for the key's policy that names one. Those that are there stay.
func (d *deployment) makeServiceRoles(ctx context.Context) error {
	for _, service := range []string{"autoscaling.amazonaws.com", "spot.amazonaws.com"} {
		_, err := d.aws.roles.CreateServiceLinkedRole(ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: &service})
		if err != nil && !isThere(err) {
			return fmt.Errorf("the role of %s: %w", service, err)
		}
	}
	return nil
}

// isThere tells whether IAM refused since the role exists; for these roles it says
// that the name is taken, which is invalid input.
func isThere(err error) bool {
	said := smithy.APIError(nil)
	return errors.As(err, &said) && (said.ErrorCode() == "InvalidInput" || said.ErrorCode() == "EntityAlreadyExists")
}
