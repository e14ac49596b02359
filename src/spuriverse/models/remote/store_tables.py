"""The tables of a response store: SQL that makes those that are missing."""

TABLES = (
    """
CREATE TABLE IF NOT EXISTS replies (
    request_sha256 TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL,
    model TEXT NOT NULL,
    arrived TEXT NOT NULL,
    usd REAL,
    served_model TEXT NOT NULL
) WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS failures (
    request_sha256 TEXT NOT NULL,
    reason TEXT NOT NULL,
    model TEXT NOT NULL,
    failed TEXT NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS claims (
    request_sha256 TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    process INTEGER NOT NULL,
    process_born REAL NOT NULL,
    usd REAL NOT NULL
) WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS spending (
    model TEXT PRIMARY KEY,
    requests INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    usd REAL NOT NULL,
    highest_usd REAL NOT NULL
) WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS refused_parameters (
    model TEXT NOT NULL,
    base_url TEXT NOT NULL,
    parameter TEXT NOT NULL,
    refused TEXT NOT NULL,
    PRIMARY KEY (model, base_url, parameter)
) WITHOUT ROWID
""",
)
