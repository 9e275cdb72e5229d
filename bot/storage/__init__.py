"""The only SQL: SQLite by default, PostgreSQL for more than one process."""
