-- A refused call or an agent asks; the signed-in person decides, once, before it expires.
CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  client TEXT NOT NULL,
  client_name TEXT NOT NULL,
  component TEXT NOT NULL,
  source TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  tool TEXT NOT NULL,
  permission TEXT NOT NULL CHECK (permission IN ('network', 'storage', 'environment')),
  rule TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  decision TEXT CHECK (decision IN ('allow', 'deny')),
  decided_at INTEGER,
  CHECK ((decision IS NULL) = (decided_at IS NULL))
) STRICT;
CREATE INDEX approvals_by_person ON approvals (person, asked_at);
-- Asking again for the same thing finds the question that is already open.
CREATE UNIQUE INDEX one_open_question ON approvals (person, client, source, digest, permission, rule)
  WHERE decision IS NULL;

-- Bound to (person, source, digest): another version or another source starts from nothing.
CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  source TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  permission TEXT NOT NULL CHECK (permission IN ('network', 'storage', 'environment')),
  rule TEXT NOT NULL,
  approval TEXT REFERENCES approvals (id),
  granted_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_because TEXT CHECK (revoked_because IN ('revoked', 'reset', 'unloaded')),
  CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
) STRICT;
CREATE UNIQUE INDEX one_live_grant ON grants (person, source, digest, permission, rule)
  WHERE revoked_at IS NULL;
