-- What a user has to do before there is a session, beside what the tenant's settings say.
ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
-- The version of the terms of service that was accepted last.
ALTER TABLE users ADD COLUMN terms_version TEXT;

-- Which user accepted which version of the terms of service, and when first.
CREATE TABLE terms_acceptances (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    version TEXT NOT NULL,
    accepted_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, user_id, version),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

-- Links that are sent by mail: each good once, for one purpose, one user and one address.
CREATE TABLE one_time_links (
    tenant_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    purpose TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- The address that it was sent to, in the form in which addresses are compared.
    email_key TEXT NOT NULL,
    -- What the link is about besides, if anything.
    detail TEXT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX one_time_links_user ON one_time_links (tenant_id, user_id);
CREATE INDEX one_time_links_expires_at ON one_time_links (expires_at);
