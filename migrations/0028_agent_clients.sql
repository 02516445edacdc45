-- Clients that a person has let call tools or manage components, ever: no token of theirs gives anything. Until now
-- nobody wrote that down: those that have called, or asked, are known.
CREATE TABLE agent_clients (
  person TEXT NOT NULL REFERENCES people (id),
  client TEXT NOT NULL,
  PRIMARY KEY (person, client)
) STRICT, WITHOUT ROWID;
INSERT INTO agent_clients
  SELECT person, client FROM calls WHERE person IN (SELECT id FROM people)
  UNION SELECT person, client FROM approvals WHERE client <> 'console' AND person IN (SELECT id FROM people);
