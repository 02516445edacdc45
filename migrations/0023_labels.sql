-- A person may let a component bring labels into a session that then has all three: a question and a grant like
-- others, of the kind `labels`. Both tables are rebuilt, as their checks change: which kinds there are is checked
-- where rows are parsed.
CREATE TABLE approvals_next (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  client TEXT NOT NULL,
  client_name TEXT NOT NULL,
  -- The MCP session that asked, or the client where there is none: what a grant "for this session" is bound to.
  owner TEXT NOT NULL,
  component TEXT NOT NULL,
  source TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  tool TEXT NOT NULL,
  permission TEXT NOT NULL,
  rule TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  decision TEXT CHECK (decision IN ('allow', 'deny')),
  decided_at INTEGER,
  -- What the refused call was made with: kept until the question is decided or over.
  arguments TEXT,
  -- Empty where no call was refused.
  arguments_digest TEXT NOT NULL DEFAULT '',
  CHECK ((decision IS NULL) = (decided_at IS NULL))
) STRICT;
INSERT INTO approvals_next
  SELECT id, person, client, client_name, owner, component, source, digest, tool, permission, rule, asked_at,
    expires_at, decision, decided_at, arguments, arguments_digest FROM approvals;

CREATE TABLE grants_next (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  source TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
  permission TEXT NOT NULL,
  rule TEXT NOT NULL,
  life TEXT NOT NULL CHECK (life IN ('once', 'session', 'until', 'always')),
  -- Whose session; NULL for every other life.
  owner TEXT,
  -- Unix milliseconds.
  until INTEGER,
  -- Calls that may rely on it, in all and within an hour; bytes over the network and of the drive together.
  uses INTEGER CHECK (uses > 0),
  calls_an_hour INTEGER CHECK (calls_an_hour > 0),
  bytes INTEGER CHECK (bytes > 0),
  -- The person answered a question, or wrote a policy document.
  origin TEXT NOT NULL CHECK (origin IN ('question', 'document')),
  approval TEXT REFERENCES approvals_next (id),
  granted_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_because TEXT CHECK (revoked_because IN
    ('revoked', 'reset', 'unloaded', 'replaced', 'spent', 'session-ended', 'new-version')),
  -- The call that it is for; NULL: any.
  request TEXT,
  CHECK ((revoked_at IS NULL) = (revoked_because IS NULL)),
  CHECK ((life = 'until') = (until IS NOT NULL)),
  CHECK ((life = 'session') = (owner IS NOT NULL)),
  CHECK (effect = 'allow' OR (life = 'always' AND uses IS NULL AND calls_an_hour IS NULL AND bytes IS NULL))
) STRICT;
INSERT INTO grants_next
  SELECT id, person, source, digest, effect, permission, rule, life, owner, until, uses, calls_an_hour, bytes,
    origin, approval, granted_at, revoked_at, revoked_because, request FROM grants;

DROP TABLE grants;
DROP TABLE approvals;
ALTER TABLE approvals_next RENAME TO approvals;
ALTER TABLE grants_next RENAME TO grants;

CREATE INDEX approvals_by_person ON approvals (person, asked_at);
-- A question is about one call: the same rule for other arguments is another one.
CREATE UNIQUE INDEX one_open_question
  ON approvals (person, client, owner, source, digest, permission, rule, tool, arguments_digest)
  WHERE decision IS NULL;
-- The person's latest word on a rule is the one that counts; one session, and one call, does not speak for others.
CREATE UNIQUE INDEX one_live_grant
  ON grants (person, source, digest, effect, permission, rule, ifnull(owner, ''), ifnull(request, ''))
  WHERE revoked_at IS NULL;
