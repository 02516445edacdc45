-- What the refused call was made with, as the person sees it: kept until the question is decided or over.
ALTER TABLE approvals ADD COLUMN arguments TEXT;
-- Of the arguments as they were; empty where no call was refused, and for questions from before they were kept.
ALTER TABLE approvals ADD COLUMN arguments_digest TEXT NOT NULL DEFAULT '';

-- A question is about one call: the same rule for other arguments is another one.
DROP INDEX one_open_question;
CREATE UNIQUE INDEX one_open_question
  ON approvals (person, client, owner, source, digest, permission, rule, tool, arguments_digest)
  WHERE decision IS NULL;
