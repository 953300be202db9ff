variable "environment" {
  type        = string
  description = "Which installation this is."

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "Give development, staging or production."
  }
}

variable "region" {
  type        = string
  description = "AWS region of everything but the front door."
}

variable "engine_version" {
  type        = string
  description = "PostgreSQL; a major number takes its newest minor version."
  default     = "17"
}

variable "instance_class" {
  type        = string
  description = "Machine of the database. A change takes minutes, with a failover: not before an event."
}

variable "multi_az" {
  type        = bool
  description = "A standby in another zone that takes over within a minute or two. Off in development only."
  default     = true

  validation {
    condition     = var.multi_az || var.environment == "development"
    error_message = "Only development may do without a standby."
  }
}

variable "storage_gb" {
  type        = number
  description = "Storage to begin with."
  default     = 100
}

variable "most_storage_gb" {
  type        = number
  description = "Storage that it may grow to by itself."
  default     = 1000
}

variable "max_connections" {
  type        = number
  description = "Connections that PostgreSQL allows; those of all machines (16 each) must fit, with some to spare for people."
}

variable "deletion_protection" {
  type        = bool
  description = "Refuse to delete the database."
  default     = true
}

variable "backup_days" {
  type        = number
  description = "Days to any second of which the database can be restored."
  default     = 35

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "Give 7 to 35."
  }
}

variable "replica" {
  type        = bool
  description = "A read replica, for reports that would disturb doctors. Rounds itself does not need it."
  default     = false
}
