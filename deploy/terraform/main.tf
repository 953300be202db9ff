locals {
  name   = "rounds-${var.environment}"
  prefix = "/rounds/${var.environment}"

  # Major version, which the parameter group's family is named after.
  major = split(".", var.engine_version)[0]
}

# --- what CloudFormation made -------------------------------------------------

data "aws_ssm_parameter" "vpc" {
  name = "${local.prefix}/network/vpc-id"
}

data "aws_ssm_parameter" "isolated_subnets" {
  name = "${local.prefix}/network/isolated-subnets"
}

data "aws_ssm_parameter" "api_group" {
  name = "${local.prefix}/network/api-group"
}

data "aws_ssm_parameter" "worker_group" {
  name = "${local.prefix}/network/worker-group"
}

data "aws_ssm_parameter" "data_key" {
  name = "${local.prefix}/security/data-key-arn"
}

# --- who may reach it ------------------------------------------------------------

resource "aws_security_group" "database" {
  name_prefix = "${local.name}-database-"
  description = "PostgreSQL: from API, workers and the machine that migrates"
  vpc_id      = nonsensitive(data.aws_ssm_parameter.vpc.value)

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "api" {
  security_group_id            = aws_security_group.database.id
  description                  = "API"
  referenced_security_group_id = nonsensitive(data.aws_ssm_parameter.api_group.value)
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "worker" {
  security_group_id            = aws_security_group.database.id
  description                  = "Workers and the machine that migrates"
  referenced_security_group_id = nonsensitive(data.aws_ssm_parameter.worker_group.value)
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_subnet_group" "database" {
  name_prefix = "${local.name}-"
  description = "Isolated subnets of three zones"
  subnet_ids  = split(",", nonsensitive(data.aws_ssm_parameter.isolated_subnets.value))
}

# --- the database -------------------------------------------------------------------

resource "aws_db_parameter_group" "database" {
  name_prefix = "${local.name}-"
  family      = "postgres${local.major}"
  description = "TLS only, slow statements logged, statements counted"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "max_connections"
    value        = var.max_connections
    apply_method = "pending-reboot"
  }

  # Statements with their values would hold names and addresses of doctors:
  # durations are logged from a second on, values never.
  # Short statements in great number: compiling them costs more than it saves. The
  # program asks for it too; this is for whoever else connects.
  parameter {
    name  = "jit"
    value = "0"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }

  parameter {
    name  = "log_parameter_max_length_on_error"
    value = "0"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_disconnections"
    value = "1"
  }

  parameter {
    name  = "log_lock_waits"
    value = "1"
  }

  parameter {
    name  = "log_autovacuum_min_duration"
    value = "10000"
  }

  # Someone who holds a transaction open holds back vacuum.
  parameter {
    name  = "idle_in_transaction_session_timeout"
    value = "60000"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "database" {
  for_each = toset(["postgresql", "upgrade"])

  # RDS prescribes the name and writes as it pleases with CloudWatch's own key.
  #checkov:skip=CKV_AWS_158:RDS makes this group itself where it is missing; parameters of statements are not logged
  name              = "/aws/rds/instance/${local.name}/${each.key}"
  retention_in_days = 400
}

data "aws_iam_policy_document" "monitoring" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name_prefix        = "${local.name}-monitoring-"
  assume_role_policy = data.aws_iam_policy_document.monitoring.json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "database" {
  identifier     = local.name
  engine         = "postgres"
  engine_version = var.engine_version
  instance_class = var.instance_class
  db_name        = "rounds"

  # The password of the administrator is made, kept and changed by RDS; only the
  # machine that migrates reads it. Rounds has a user of its own.
  username                      = "administrator"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = nonsensitive(data.aws_ssm_parameter.data_key.value)

  #checkov:skip=CKV_AWS_161:passwords are of 40 characters, in Secrets Manager; IAM tokens would have to be renewed for each new connection
  iam_database_authentication_enabled = false

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.database.name
  vpc_security_group_ids = [aws_security_group.database.id]
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  storage_type          = "gp3"
  allocated_storage     = var.storage_gb
  max_allocated_storage = var.most_storage_gb
  storage_encrypted     = true
  kms_key_id            = nonsensitive(data.aws_ssm_parameter.data_key.value)

  parameter_group_name       = aws_db_parameter_group.database.name
  auto_minor_version_upgrade = true
  maintenance_window         = "Sun:02:00-Sun:03:00"
  apply_immediately          = false

  backup_retention_period  = var.backup_days
  backup_window            = "00:30-01:30"
  copy_tags_to_snapshot    = true
  delete_automated_backups = false

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = "${local.name}-last"

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = nonsensitive(data.aws_ssm_parameter.data_key.value)
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]

  tags = {
    "rounds:backup" = var.environment
  }

  depends_on = [aws_cloudwatch_log_group.database, aws_iam_role_policy_attachment.monitoring]
}

resource "aws_db_instance" "replica" {
  count = var.replica ? 1 : 0

  identifier          = "${local.name}-replica"
  replicate_source_db = aws_db_instance.database.identifier
  instance_class      = var.instance_class
  #checkov:skip=CKV_AWS_157:nobody waits for a replica, it can be made anew
  multi_az                   = false
  publicly_accessible        = false
  vpc_security_group_ids     = [aws_security_group.database.id]
  parameter_group_name       = aws_db_parameter_group.database.name
  ca_cert_identifier         = "rds-ca-rsa2048-g1"
  storage_encrypted          = true
  auto_minor_version_upgrade = true
  deletion_protection        = var.deletion_protection
  skip_final_snapshot        = true
  copy_tags_to_snapshot      = true

  performance_insights_enabled    = true
  performance_insights_kms_key_id = nonsensitive(data.aws_ssm_parameter.data_key.value)
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports = ["postgresql"]
}
