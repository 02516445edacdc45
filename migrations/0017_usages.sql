-- What each call used of its authority: what it asked for, what it was told, and how much of each bound it needed.
-- `body` is a `CallUsage` (src/policy/usage.ts). Calls from before have none: what they used is not known.
CREATE TABLE usages (
  call TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX usages_by_person ON usages (person, started_at);

-- Which call relied on which grant.
CREATE TABLE grant_uses (
  person TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  call TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (person, grant_id, call)
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_uses_by_time ON grant_uses (person, used_at);

-- Since when uses are recorded, in Unix milliseconds: of the time before nothing is said.
CREATE TABLE usages_since (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  at INTEGER NOT NULL
) STRICT;
INSERT INTO usages_since VALUES (1, unixepoch() * 1000);

CREATE INDEX calls_by_source ON calls (person, source, started_at, seq);
