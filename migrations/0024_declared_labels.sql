-- The labels that a component gives itself. What was loaded before is read again with the next compiler.
ALTER TABLE installs ADD COLUMN labels TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(labels));
