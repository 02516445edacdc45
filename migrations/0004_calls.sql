-- Copied from the person's Account object, which has each record before the answer leaves.
CREATE TABLE calls (
  person TEXT NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  client TEXT NOT NULL,
  client_name TEXT NOT NULL,
  session TEXT,
  tool TEXT NOT NULL,
  component TEXT,
  source TEXT,
  digest TEXT,
  arguments_digest TEXT,
  outcome TEXT NOT NULL,
  reason TEXT,
  started_at INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  PRIMARY KEY (person, seq)
) STRICT;

CREATE TABLE host_calls (
  call TEXT NOT NULL REFERENCES calls (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('network', 'storage', 'keyvalue')),
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  method TEXT NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER,
  bytes_out INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  PRIMARY KEY (call, position)
) STRICT;
