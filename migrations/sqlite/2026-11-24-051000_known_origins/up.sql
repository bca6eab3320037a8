-- From where a user has signed in before: browsers, by the hash of their random cookie, and networks.
CREATE TABLE known_origins (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- browser or network
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    first_seen_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind, value),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX known_origins_last_seen_at ON known_origins (last_seen_at);
