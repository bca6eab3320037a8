-- SQLite cannot change a column: the table is made anew.
CREATE TABLE grants_remade (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    authentication TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    offline BOOLEAN NOT NULL,
    generation INTEGER NOT NULL,
    family_key TEXT,
    secret_hash TEXT,
    previous_secret_hash TEXT,
    rotation_nonce TEXT,
    rotated_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE
);
INSERT INTO grants_remade SELECT * FROM grants WHERE session_id IS NOT NULL;
DROP TABLE grants;
ALTER TABLE grants_remade RENAME TO grants;
CREATE INDEX grants_of_user ON grants (tenant_id, user_id, client_id);
CREATE INDEX grants_expires_at ON grants (expires_at);
DROP TABLE device_secrets;
DROP TABLE session_clients;
DROP TABLE pairwise_subjects;
DROP TABLE api_keys;
DROP TABLE initial_access_tokens;
DROP TABLE client_registrations;
ALTER TABLE users DROP COLUMN roles;
ALTER TABLE users DROP COLUMN groups;
ALTER TABLE client_secrets DROP COLUMN sealed_secret;
ALTER TABLE clients DROP COLUMN fresh_until;
ALTER TABLE clients DROP COLUMN origin;
