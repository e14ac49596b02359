"""Sources of questions; every module yields the same `samples` table."""
