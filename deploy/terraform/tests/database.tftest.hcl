# terraform test: plans with a provider that only pretends. Needs the provider's
# schema, so a machine that may download it; no account.
mock_provider "aws" {
  mock_data "aws_ssm_parameter" {
    defaults = {
      value = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/monitoring"
    }
  }

  mock_resource "aws_db_instance" {
    defaults = {
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1", secret_status = "active", kms_key_id = "k" }]
    }
  }
}

variables {
  environment     = "production"
  region          = "eu-west-1"
  instance_class  = "db.r7g.xlarge"
  max_connections = 800
}

run "production_is_safe" {
  command = apply

  assert {
    condition     = aws_db_instance.database.multi_az && aws_db_instance.database.storage_encrypted && aws_db_instance.database.deletion_protection
    error_message = "standby, encryption and protection against deletion"
  }

  assert {
    condition     = aws_db_instance.database.manage_master_user_password && !aws_db_instance.database.publicly_accessible
    error_message = "the password is RDS's, and nobody outside reaches the database"
  }

  assert {
    condition     = aws_db_instance.database.backup_retention_period == 35 && !aws_db_instance.database.skip_final_snapshot
    error_message = "35 days, and a snapshot at the end"
  }

  assert {
    condition     = contains([for p in aws_db_parameter_group.database.parameter : "${p.name}=${p.value}"], "rds.force_ssl=1")
    error_message = "TLS only"
  }
}

run "no_standby_in_production_is_refused" {
  command = plan

  variables {
    multi_az = false
  }

  expect_failures = [var.multi_az]
}

run "unknown_environments_are_refused" {
  command = plan

  variables {
    environment = "test"
  }

  expect_failures = [var.environment]
}
