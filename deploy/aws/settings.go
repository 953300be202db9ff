package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// network is what is asked of EC2's networks.
type network interface {
	DescribeManagedPrefixLists(context.Context, *ec2.DescribeManagedPrefixListsInput, ...func(*ec2.Options)) (*ec2.DescribeManagedPrefixListsOutput, error)
}

// cloudFrontAddresses names AWS's list of the addresses that CloudFront comes from.
const cloudFrontAddresses = "com.amazonaws.global.cloudfront.origin-facing"

// given returns the parameters of a stack: found out, from those before, from the
// environment's file, or left at their defaults.
func (d *deployment) given(ctx context.Context, t template) ([]types.Parameter, error) {
	var all []types.Parameter
	for _, p := range t.parameters {
		value, there, err := d.value(ctx, t, p)
		if err != nil {
			return nil, err
		}
		if there {
			all = append(all, types.Parameter{ParameterKey: aws.String(p.name), ParameterValue: aws.String(value)})
		}
	}
	return all, nil
}

// value returns one parameter; there is none when its default is to be taken.
func (d *deployment) value(ctx context.Context, t template, p parameter) (value string, there bool, err error) {
	if p.name == "Environment" {
		return d.name, true, nil
	}
	if setting, ok := t.asks.Settings[p.name]; ok {
		value, err = d.setting(ctx, setting)
		return value, true, err
	}
	if path, ok := t.asks.From[p.name]; ok {
		_, err = d.kept.get(ctx, path) // missing: say which
		return d.kept.name(path), true, err
	}
	if path, ok := t.asks.FromHome[p.name]; ok {
		value, err = d.kept.get(ctx, path)
		return value, true, err
	}
	value, there = d.file.Parameters[p.name]
	if !there && !p.hasDefault {
		return "", false, fmt.Errorf("deploy/aws/%s.yaml: parameters: %s is missing (%s)", d.name, p.name, cmp.Or(p.description, "see "+t.name))
	}
	return value, there, nil
}

// setting returns what this command itself finds out for a template.
func (d *deployment) setting(ctx context.Context, name string) (string, error) {
	switch name {
	case "cloudfront-prefix-list":
		return d.prefixList(ctx)
	case "signing-public-a", "signing-public-b":
		return d.kept.get(ctx, "keys/"+name)
	case "origin-current", "origin-other":
		return d.originVersion(ctx, name == "origin-other")
	case "home-region":
		return d.file.Region, nil
	case "version":
		if d.version == "" {
			return "", errors.New("which version? Give VERSION=…, the tag of the images")
		}
		return d.version, nil
	default:
		return "", fmt.Errorf("no template may ask for %s", name)
	}
}

func (d *deployment) prefixList(ctx context.Context) (string, error) {
	found, err := d.aws.network.DescribeManagedPrefixLists(ctx, &ec2.DescribeManagedPrefixListsInput{
		Filters: []ec2types.Filter{{Name: aws.String("prefix-list-name"), Values: []string{cloudFrontAddresses}}},
	})
	if err != nil {
		return "", fmt.Errorf("prefix list %s: %w", cloudFrontAddresses, err)
	}
	for _, list := range found.PrefixLists {
		if aws.ToString(list.PrefixListName) == cloudFrontAddresses {
			return aws.ToString(list.PrefixListId), nil
		}
	}
	return "", fmt.Errorf("the region %s has no prefix list %s", d.file.Region, cloudFrontAddresses)
}
