# The database of Rounds: RDS PostgreSQL. Everything else is in deploy/cloudformation,
# whose network and keys are read from SSM parameters, as the other stacks read ours.
terraform {
  required_version = ">= 1.7.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # `make deploy` gives bucket and key (-backend-config): one state an environment, locked in S3.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      "rounds:environment" = var.environment
    }
  }
}
