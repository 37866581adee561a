-- What live rooms have beyond Discord's stages: what they are about, who may come in and raise a hand, and who hosts them.

ALTER TABLE stages ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE stages ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE stages ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE stages ADD COLUMN openness TEXT NOT NULL DEFAULT 'guild';
ALTER TABLE stages ADD COLUMN role_id INTEGER;
ALTER TABLE stages ADD COLUMN hands TEXT NOT NULL DEFAULT 'all';
ALTER TABLE stages ADD COLUMN link TEXT;
ALTER TABLE stages ADD COLUMN host_ids TEXT NOT NULL DEFAULT '[]';
ALTER TABLE stages ADD COLUMN invited_ids TEXT NOT NULL DEFAULT '[]';
ALTER TABLE stages ADD COLUMN blocked_ids TEXT NOT NULL DEFAULT '[]';
UPDATE stages SET host_ids = '[' || starter_id || ']';
