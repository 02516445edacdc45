-- The audit chains, copied from the persons' Account objects, which have each record before its answer leaves.
-- A chain is named by a digest, so that the rows outlive the person and do not name them.
CREATE TABLE audit (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (chain, seq)
) STRICT;

-- What may be forgotten of a record: the salt of its commitments, and the texts.
CREATE TABLE audit_texts (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  salt TEXT NOT NULL,
  texts TEXT NOT NULL CHECK (json_valid(texts)),
  PRIMARY KEY (chain, seq)
) STRICT;

-- Whose chains say what was done to the server: hosts read those.
CREATE TABLE audit_administrators (
  chain TEXT PRIMARY KEY,
  person TEXT NOT NULL
) STRICT;

-- Against mistakes of ours; against others there are hashes and signatures.
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'a record of the audit is never changed');
END;
CREATE TRIGGER audit_is_never_dropped BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'a record of the audit is never dropped');
END;
