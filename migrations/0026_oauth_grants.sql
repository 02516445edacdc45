-- What a person allowed a client, for as long as it lasts: no row, nothing. The token store is late, this is not.
CREATE TABLE oauth_grants (
  person TEXT NOT NULL REFERENCES people (id),
  -- Part of every code and token that came of it.
  id TEXT NOT NULL,
  client TEXT NOT NULL,
  client_name TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  granted_at INTEGER NOT NULL,
  -- Nothing that came of it is good any more, in Unix milliseconds.
  ends_at INTEGER NOT NULL,
  PRIMARY KEY (person, id)
) STRICT;
