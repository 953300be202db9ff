environment         = "staging"
instance_class      = "db.m7g.large"
multi_az            = true
storage_gb          = 50
most_storage_gb     = 200
max_connections     = 250
deletion_protection = true
backup_days         = 35
