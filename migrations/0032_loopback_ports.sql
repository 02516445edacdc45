-- On the person's own computer a client listens at another port each time: the port is no part of what was allowed.
UPDATE oauth_grants SET redirect_uri = 'http://127.0.0.1' || ltrim(substr(redirect_uri, 18), '0123456789')
  WHERE redirect_uri LIKE 'http://127.0.0.1:%';
UPDATE oauth_grants SET redirect_uri = 'http://localhost' || ltrim(substr(redirect_uri, 18), '0123456789')
  WHERE redirect_uri LIKE 'http://localhost:%';
UPDATE oauth_grants SET redirect_uri = 'http://[::1]' || ltrim(substr(redirect_uri, 14), '0123456789')
  WHERE redirect_uri LIKE 'http://[::1]:%';
