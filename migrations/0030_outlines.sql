-- What compiling a component of the catalogue yielded, so that whoever loads it does not wait for the compiler.
-- `wit` is '' without a text. The modules are in R2 under `artifact`.
CREATE TABLE outlines (
  digest TEXT NOT NULL,
  wit TEXT NOT NULL,
  compiler TEXT NOT NULL,
  artifact TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (digest, wit)
) STRICT;
