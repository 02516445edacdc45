-- The key that seals a person's variables, itself sealed by the host's master key that `master` names.
CREATE TABLE person_keys (
  person TEXT PRIMARY KEY,
  master TEXT NOT NULL,
  sealed TEXT NOT NULL
) STRICT;

-- Variables of a component, bound to (person, source) whatever its digest. `sealed` opens with the person's
-- key, and only in the row that it was sealed for.
CREATE TABLE variables (
  person TEXT NOT NULL REFERENCES person_keys (person),
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  sealed TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (person, source, key)
) STRICT;
