-- Whose picture a link is, or once was. An index entry holds less than a link may have, and its beginning tells links apart.
CREATE INDEX avatar_link ON avatar (substr(url, 1, 200), id);
CREATE INDEX source_link ON source (substr(url, 1, 200), id);
