// The tables of a person's drive, in the SQLite of their `Drive` object, and the bounds of a drive.

export const DRIVE_BOUNDS = {
  /** Bytes of all files of one person. */
  driveBytes: 1024 * 1024 * 1024,
  /** Bytes of one file: its chunk list is read whole when it is opened. */
  fileBytes: 512 * 1024 * 1024,
  /** Files and directories of one person. */
  nodes: 200_000,
  /** Bytes of a chunk; what one read or write moves at most. */
  chunkBytes: 256 * 1024,
  /** The last chunk of a file is kept in its row up to this size: small files cost no second store. */
  inlineBytes: 16 * 1024,
  /** Entries of a directory in one page. */
  pageEntries: 1_000,
} as const

/** Milliseconds that a replaced chunk stays readable for whoever opened the file before. */
export const GARBAGE_MS = 10 * 60_000

/** Milliseconds after which a stored chunk that no file names is a leftover: no call lives that long. */
export const LEFTOVER_MS = 60 * 60_000

/**
 * `version` counts the commits of a file. A chunk is either inline (`data`) or an object in R2 (`blob`);
 * neither means zeroes. `counts` says how many nodes there are: counting them reads each. `garbage` are objects that no file names any more. `sweep` says when to look for
 * chunks that were stored and never named, as a call leaves them that ends before its commit. `forgotten` has a row once
 * the person is deleted: nobody else ever has their id, and a call of theirs may still run.
 */
export const DRIVE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER REFERENCES nodes (id),
    name TEXT NOT NULL,
    is_directory INTEGER NOT NULL CHECK (is_directory IN (0, 1)),
    size INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0),
    version INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    UNIQUE (parent, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS chunks (
    node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),
    bytes INTEGER NOT NULL,
    data BLOB,
    blob TEXT,
    PRIMARY KEY (node, position)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS garbage (
    blob TEXT PRIMARY KEY,
    since INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS totals (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS chunks_by_blob ON chunks (blob) WHERE blob IS NOT NULL;
  CREATE TABLE IF NOT EXISTS sweep (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    due_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS forgotten (only INTEGER PRIMARY KEY CHECK (only = 1)) STRICT;
  INSERT OR IGNORE INTO totals (only, bytes) VALUES (1, 0);
  INSERT OR IGNORE INTO nodes (id, parent, name, is_directory, created_at, modified_at)
    VALUES (1, NULL, '', 1, 0, 0);
  CREATE TABLE IF NOT EXISTS counts (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    nodes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counts (only, nodes)
    SELECT 1, (SELECT count(*) FROM nodes) WHERE NOT EXISTS (SELECT 1 FROM counts);
  CREATE TRIGGER IF NOT EXISTS node_made AFTER INSERT ON nodes BEGIN
    UPDATE counts SET nodes = nodes + 1;
  END;
  CREATE TRIGGER IF NOT EXISTS node_deleted AFTER DELETE ON nodes BEGIN
    UPDATE counts SET nodes = nodes - 1;
  END;
`
