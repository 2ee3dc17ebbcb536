"""PostgreSQL as Django's database, with statements it plans once."""
