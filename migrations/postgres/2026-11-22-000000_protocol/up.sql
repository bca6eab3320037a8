ALTER TABLE clients ADD COLUMN origin TEXT NOT NULL DEFAULT 'managed';
-- Of a client ID metadata document: until when the copy is good.
ALTER TABLE clients ADD COLUMN fresh_until TIMESTAMP;
-- Only for client_secret_jwt, which needs the secret itself; under the master key.
ALTER TABLE client_secrets ADD COLUMN sealed_secret TEXT;
ALTER TABLE users ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';

-- RFC 7592: what manages a client that registered itself.
CREATE TABLE client_registrations (
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, client_id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE
);

-- RFC 7591 §3: what lets a client register itself.
CREATE TABLE initial_access_tokens (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    uses_left INTEGER,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    PRIMARY KEY (tenant_id, token_hash)
);

CREATE TABLE api_keys (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    audience TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    revoked_at TIMESTAMP,
    last_used_at TIMESTAMP,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, audience) REFERENCES resource_servers (tenant_id, audience) ON DELETE CASCADE
);

-- OpenID Connect Core §8.1.
CREATE TABLE pairwise_subjects (
    tenant_id TEXT NOT NULL,
    sector TEXT NOT NULL,
    user_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, sector, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX pairwise_subjects_subject ON pairwise_subjects (tenant_id, subject);

-- Which clients know of a session, and under which subject: who hears of its end.
CREATE TABLE session_clients (
    tenant_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, session_id, client_id),
    FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE
);

-- OpenID Connect Native SSO §3.2.
CREATE TABLE device_secrets (
    tenant_id TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    session_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, secret_hash),
    FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX device_secrets_expires_at ON device_secrets (expires_at);

-- A grant by an assertion has no session.
ALTER TABLE grants ALTER COLUMN session_id DROP NOT NULL;
