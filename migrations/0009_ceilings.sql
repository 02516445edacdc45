-- What the host of this server allows at the most: to everyone, to one component (by its source), to one
-- person (by their subject at the issuer, who need not have signed in yet). The text as the host wrote it.
CREATE TABLE ceilings (
  scope TEXT NOT NULL CHECK (scope IN ('everyone', 'component', 'person')),
  subject TEXT NOT NULL,
  document TEXT NOT NULL,
  written_by TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (scope, subject),
  CHECK ((scope = 'everyone') = (subject = ''))
) STRICT;
