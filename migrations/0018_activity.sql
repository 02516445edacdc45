-- What a person looks up of their calls: by time, component, tool, outcome and host, a page at a time.
ALTER TABLE calls ADD COLUMN policy_digest TEXT;
-- Names of the variables that the guest was handed.
ALTER TABLE calls ADD COLUMN variables TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(variables));
-- What was refused to it, and the questions that opened.
ALTER TABLE calls ADD COLUMN refusals TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(refusals));
-- It was refused, or something was refused to it that it coped with.
ALTER TABLE calls ADD COLUMN refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1));
UPDATE calls SET refused = 1
  WHERE outcome IN ('denied', 'refused', 'waits', 'sealed', 'ceiling-unreadable')
     OR EXISTS (SELECT 1 FROM host_calls WHERE call = calls.id AND host_calls.outcome = 'denied');

-- Each ends in what the chart counts, so that it reads nothing else.
CREATE INDEX calls_by_time ON calls (person, started_at, seq, outcome, refused);
CREATE INDEX calls_by_component ON calls (person, component, started_at, seq, outcome, refused);
CREATE INDEX calls_by_tool ON calls (person, tool, started_at, seq, outcome, refused);
CREATE INDEX calls_by_outcome ON calls (person, outcome, started_at, seq, refused);
CREATE INDEX calls_refused ON calls (person, started_at, seq, outcome) WHERE refused = 1;

-- The hosts that a call asked for, each once.
CREATE TABLE call_hosts (
  person TEXT NOT NULL,
  host TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (person, host, started_at, seq),
  FOREIGN KEY (person, seq) REFERENCES calls (person, seq) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- With a call go its hosts.
CREATE INDEX call_hosts_by_call ON call_hosts (person, seq);
INSERT INTO call_hosts (person, host, started_at, seq)
  SELECT DISTINCT calls.person, host_calls.host, calls.started_at, calls.seq
  FROM host_calls JOIN calls ON calls.id = host_calls.call
  WHERE host_calls.kind = 'network' AND host_calls.host <> '';
