-- A phone that codes are sent to as a second factor: one of a user, proved by a code when it was set up.
CREATE TABLE phone_factors (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- E.164: + and digits.
    number TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
