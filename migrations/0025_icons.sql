-- Icons of components, in R2 under the digest, written before the row: `brought` comes with the version that is loaded,
-- `given` is what the person chose, and stays while they have something from that source.
CREATE TABLE icons (
  person TEXT NOT NULL,
  source TEXT NOT NULL,
  brought TEXT CHECK (json_valid(brought)),
  given TEXT CHECK (json_valid(given)),
  PRIMARY KEY (person, source)
) STRICT;

-- What the host gives to whoever loads the entry from then on; it goes when the bytes do.
ALTER TABLE catalogue ADD COLUMN icon TEXT CHECK (json_valid(icon));
