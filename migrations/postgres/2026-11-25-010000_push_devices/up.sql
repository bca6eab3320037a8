-- A device that approves sign-ins by the tenant's own application: enrolled by a code that the user's browser showed.
CREATE TABLE push_devices (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- What the tenant's webhook calls the device.
    address TEXT NOT NULL,
    -- A JWK, P-256 or Ed25519: what the device's answers are signed with.
    public_key TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    PRIMARY KEY (tenant_id, user_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
