-- The provider that a sign-in under way was begun at, by its id in the configuration.
ALTER TABLE sign_ins ADD COLUMN provider TEXT NOT NULL DEFAULT 'oidc';

-- The entry about an address that let them in; NULL: another. It has to be there still, at every request.
ALTER TABLE people ADD COLUMN let_in_by TEXT;

-- A host has shut them out, in Unix milliseconds.
ALTER TABLE people ADD COLUMN suspended_at INTEGER;

-- Clients that a person has ended, in Unix milliseconds: what they were allowed before that is void.
CREATE TABLE ended_clients (
  person TEXT NOT NULL REFERENCES people (id),
  client TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  PRIMARY KEY (person, client)
) STRICT;

-- Two issuers may know the same subject. Empty: subjects of the first provider, and what is about no person.
CREATE TABLE ceilings_by_issuer (
  scope TEXT NOT NULL CHECK (scope IN ('everyone', 'component', 'person')),
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  document TEXT NOT NULL,
  written_by TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (scope, issuer, subject)
) STRICT;
INSERT INTO ceilings_by_issuer SELECT scope, '', subject, document, written_by, written_at FROM ceilings;
DROP TABLE ceilings;
ALTER TABLE ceilings_by_issuer RENAME TO ceilings;
