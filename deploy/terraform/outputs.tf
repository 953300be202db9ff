# What the stacks read. No password is among it: the parameter has the name of a secret.

resource "aws_ssm_parameter" "address" {
  #checkov:skip=CKV2_AWS_34:an address inside the network, no secret
  name  = "${local.prefix}/database/address"
  type  = "String"
  value = aws_db_instance.database.endpoint
}

resource "aws_ssm_parameter" "name" {
  #checkov:skip=CKV2_AWS_34:a name, no secret
  name  = "${local.prefix}/database/name"
  type  = "String"
  value = aws_db_instance.database.identifier
}

resource "aws_ssm_parameter" "admin_secret" {
  #checkov:skip=CKV2_AWS_34:the name of a secret, no secret
  name  = "${local.prefix}/database/admin-secret-arn"
  type  = "String"
  value = aws_db_instance.database.master_user_secret[0].secret_arn
}

resource "aws_ssm_parameter" "max_connections" {
  #checkov:skip=CKV2_AWS_34:a number, no secret
  name  = "${local.prefix}/database/max-connections"
  type  = "String"
  value = tostring(var.max_connections)
}

resource "aws_ssm_parameter" "allocated_bytes" {
  #checkov:skip=CKV2_AWS_34:a number, no secret
  name  = "${local.prefix}/database/allocated-bytes"
  type  = "String"
  value = tostring(var.storage_gb * 1024 * 1024 * 1024)
}
