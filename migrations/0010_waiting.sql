-- A new version of a component is loaded, and differs from the one that was granted something: its calls wait
-- for the person. The version before, as it looked. No reference: an install is replaced by another row.
CREATE TABLE waiting (
  person TEXT NOT NULL,
  component TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  imports TEXT NOT NULL CHECK (json_valid(imports)),
  tools TEXT NOT NULL CHECK (json_valid(tools)),
  since INTEGER NOT NULL,
  PRIMARY KEY (person, component)
) STRICT;
