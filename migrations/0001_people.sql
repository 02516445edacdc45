-- A person is (issuer, subject): never an e-mail address. `id` is opaque and is what everything else names.
CREATE TABLE people (
  id TEXT PRIMARY KEY,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (issuer, subject)
) STRICT;

-- Console sign-ins. The cookie holds the token, the table its digest.
CREATE TABLE console_sessions (
  token_digest TEXT PRIMARY KEY,
  person TEXT NOT NULL REFERENCES people (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX console_sessions_by_expiry ON console_sessions (expires_at);

-- A sign-in under way at the issuer: single use, bound to the browser that began it.
CREATE TABLE sign_ins (
  state_digest TEXT PRIMARY KEY,
  browser_digest TEXT NOT NULL,
  nonce TEXT NOT NULL,
  code_verifier TEXT NOT NULL,
  return_to TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);
