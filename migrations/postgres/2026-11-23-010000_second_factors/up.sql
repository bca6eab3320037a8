-- RFC 6238. The secret is sealed under the master key; last_step is the time step of the last code that was accepted.
CREATE TABLE totp_factors (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    PRIMARY KEY (tenant_id, user_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE recovery_codes (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (tenant_id, user_id, code_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

-- Browsers in which a user is not asked for a second factor again.
CREATE TABLE remembered_devices (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    -- The kind of second factor that was proved when it was remembered.
    factor TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, user_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX remembered_devices_expires_at ON remembered_devices (expires_at);

-- Until when a user who needs a second factor may do without.
ALTER TABLE users ADD COLUMN second_factor_due_at TIMESTAMP;
-- The remembered browser that stood for the second factor, if one did.
ALTER TABLE sessions ADD COLUMN device_id TEXT;
-- The kind of second factor that was proved, if one was.
ALTER TABLE sessions ADD COLUMN factor TEXT;
