-- When the issuer says that it last asked who this is (`auth_time`), in Unix milliseconds. NULL: it was not
-- asked, or the sign-in is from before it was; such a sign-in never counts as fresh.
ALTER TABLE console_sessions ADD COLUMN authenticated_at INTEGER;

-- The oldest `auth_time` that this sign-in may come back with, in seconds of age; NULL: any.
ALTER TABLE sign_ins ADD COLUMN max_age INTEGER;
