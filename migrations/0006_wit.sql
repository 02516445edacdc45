-- The WIT text that describes a component's tools, in R2 under the digest, written before the row.
ALTER TABLE installs ADD COLUMN wit TEXT CHECK (wit GLOB 'sha256:*');
ALTER TABLE catalogue ADD COLUMN wit TEXT CHECK (wit GLOB 'sha256:*');
