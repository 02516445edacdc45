-- A mute holds for the bytes that asked as well, under whatever name they are loaded; NULL: a mute from before.
ALTER TABLE mutes ADD COLUMN digest TEXT CHECK (digest GLOB 'sha256:*');

-- Clients through which a person does not want to be asked, whatever component they name.
CREATE TABLE muted_clients (
  person TEXT NOT NULL,
  client TEXT NOT NULL,
  -- What it was called when it was muted.
  client_name TEXT NOT NULL,
  muted_at INTEGER NOT NULL,
  -- Unix milliseconds; NULL: until the person ends it.
  until INTEGER,
  PRIMARY KEY (person, client)
) STRICT;
