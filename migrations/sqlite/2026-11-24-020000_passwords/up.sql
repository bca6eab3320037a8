-- Hashes of the passwords that a user had before the present one, where the tenant keeps people from choosing them again.
-- The highest number is the latest.
CREATE TABLE former_passwords (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    replaced_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, user_id, number),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
