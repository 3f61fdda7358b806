-- Whose picture a link is, or once was. The beginning tells links apart; whole ones would double what an avatar takes.
CREATE INDEX avatar_link ON avatar (substr(url, 1, 200));
CREATE INDEX source_link ON source (substr(url, 1, 200));
