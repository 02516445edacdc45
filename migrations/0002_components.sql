-- What the host offers to everyone. The bytes are in R2 under the digest, written before the row.
CREATE TABLE catalogue (
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  bytes INTEGER NOT NULL,
  policy TEXT,
  published_at INTEGER NOT NULL
) STRICT;

-- A component that a person has loaded. `artifact` names the compiled form in R2.
CREATE TABLE installs (
  person TEXT NOT NULL,
  component TEXT NOT NULL,
  source TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
  bytes INTEGER NOT NULL,
  compiler TEXT NOT NULL,
  artifact TEXT NOT NULL CHECK (artifact GLOB 'sha256:*'),
  imports TEXT NOT NULL CHECK (json_valid(imports)),
  skipped TEXT NOT NULL CHECK (json_valid(skipped)),
  loaded_at INTEGER NOT NULL,
  PRIMARY KEY (person, component),
  UNIQUE (person, source)
) STRICT;

-- The names under which a person's agent sees exports. One owner per name.
CREATE TABLE tools (
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  component TEXT NOT NULL,
  export TEXT NOT NULL,
  model TEXT NOT NULL CHECK (json_valid(model)),
  PRIMARY KEY (person, name),
  FOREIGN KEY (person, component) REFERENCES installs (person, component) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX one_name_per_export ON tools (person, component, export);
