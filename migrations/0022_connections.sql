-- A component of a person may use tokens that the person got at a service, for one version of it and for these
-- hosts. The tokens themselves lie, sealed with the person's key, in the SQLite of their Account object, where a
-- token that the service has just replaced is written without a network in between.
CREATE TABLE connections (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person_keys (person),
  source TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  -- `host/<name>` or `mine/<name>`.
  service TEXT NOT NULL,
  -- A digest of where tokens go, and as which client: described in another way, it is another service.
  terms TEXT NOT NULL,
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  hosts TEXT NOT NULL CHECK (json_valid(hosts)),
  placement TEXT NOT NULL CHECK (json_valid(placement)),
  who TEXT,
  made_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX one_connection ON connections (person, source, service);
