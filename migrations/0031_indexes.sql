-- What is asked for by person, and what is looked for by a foreign key as rows go, is found without reading the rows of
-- everybody.
CREATE INDEX grants_by_person ON grants (person, revoked_at);
CREATE INDEX grants_by_approval ON grants (approval);
CREATE INDEX console_sessions_by_person ON console_sessions (person);
-- Those that are open, and those that are over and may go.
CREATE INDEX undecided_approvals ON approvals (person, expires_at) WHERE decision IS NULL;
-- Who has a subject, and everybody in the order in which they came.
CREATE INDEX people_by_subject ON people (subject);
CREATE INDEX people_by_age ON people (created_at, id);
