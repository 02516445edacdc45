-- Secrets that go into a component's requests on our side of the wall. `binding` says to which hosts and where;
-- the value is sealed for exactly that. `digest` is the version that the person has let use it.
CREATE TABLE secrets (
  person TEXT NOT NULL,
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  binding TEXT NOT NULL CHECK (json_valid(binding)),
  sealed TEXT,
  -- Whose key opens `sealed`: it cannot go before what it opens.
  sealed_for TEXT REFERENCES person_keys (person),
  -- Where the value is kept instead.
  connection TEXT,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (person, source, name),
  CHECK ((sealed IS NULL) <> (connection IS NULL)),
  CHECK ((sealed IS NULL) = (sealed_for IS NULL)),
  CHECK (sealed_for IS NULL OR sealed_for = person)
) STRICT;
