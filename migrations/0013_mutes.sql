-- Components that a person does not want to be asked by, whatever their version.
CREATE TABLE mutes (
  person TEXT NOT NULL,
  source TEXT NOT NULL,
  -- What it was called when it was muted.
  component TEXT NOT NULL,
  muted_at INTEGER NOT NULL,
  -- Unix milliseconds; NULL: until the person ends it.
  until INTEGER,
  PRIMARY KEY (person, source)
) STRICT;
