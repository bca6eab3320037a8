-- What happened to accounts and by them. Rows are added and, when they are old, deleted; none is ever changed. No reference to
-- users, sessions or clients: what happened stays known when they are gone.
CREATE TABLE security_events (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    session_id TEXT,
    actor TEXT NOT NULL,
    address TEXT,
    user_agent TEXT,
    -- For operators only: why something was refused.
    reason TEXT,
    -- A JSON object.
    details TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX security_events_of_user ON security_events (tenant_id, user_id, id);
CREATE INDEX security_events_at ON security_events (at);
