-- Services that give out tokens by OAuth: of a person, for themselves; of the host, for
-- everybody, where `host` stands for the person, here and in `person_keys`. `secret` is sealed with the key of
-- that one, and only for this name and client.
CREATE TABLE services (
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  service TEXT NOT NULL CHECK (json_valid(service)),
  secret TEXT,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (person, name)
) STRICT;
