-- Names of the secrets that went along with a request. Never a value.
ALTER TABLE host_calls ADD COLUMN secrets TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(secrets));
