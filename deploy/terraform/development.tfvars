environment         = "development"
instance_class      = "db.t4g.medium"
multi_az            = false
storage_gb          = 20
most_storage_gb     = 100
max_connections     = 100
deletion_protection = false
backup_days         = 7
