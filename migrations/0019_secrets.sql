-- Secrets that go into a component's requests on our side of the wall. `binding` says to which hosts and where;
-- the value is sealed for exactly that. `digest` is the version that the person has let use it.
CREATE TABLE secrets (
  person TEXT NOT NULL REFERENCES person_keys (person),
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  binding TEXT NOT NULL CHECK (json_valid(binding)),
  sealed TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (person, source, name)
) STRICT;
