-- "For one call" is for the call that was refused: this client, this tool, these arguments. NULL: for any call,
-- as with every other life, and with what was granted before.
ALTER TABLE grants ADD COLUMN request TEXT;

-- What is for one call does not take the place of what is for others.
DROP INDEX one_live_grant;
CREATE UNIQUE INDEX one_live_grant
  ON grants (person, source, digest, effect, permission, rule, ifnull(owner, ''), ifnull(request, ''))
  WHERE revoked_at IS NULL;
