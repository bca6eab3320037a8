-- Which user somebody is whom another issuer vouches for.
CREATE TABLE linked_identities (
    tenant_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    -- The `sub` at that issuer.
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- What the user knows the issuer by.
    label TEXT NOT NULL,
    linked_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    PRIMARY KEY (tenant_id, issuer, subject),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX linked_identities_user ON linked_identities (tenant_id, user_id);
