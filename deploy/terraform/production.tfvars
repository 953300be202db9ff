environment         = "production"
instance_class      = "db.r7g.xlarge"
multi_az            = true
storage_gb          = 200
most_storage_gb     = 2000
max_connections     = 800
deletion_protection = true
backup_days         = 35
