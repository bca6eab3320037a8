-- Web Authentication Level 3. credential is the public key with what is known of it, as the library keeps it.
CREATE TABLE passkeys (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    -- base64url.
    credential_id TEXT NOT NULL,
    -- The domain that was the issuer when it was made, none for the public URL: it works nowhere else.
    issuer_host TEXT,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Of which make it is; proved only where it was attested.
    aaguid TEXT,
    attested BOOLEAN NOT NULL,
    sign_count BIGINT NOT NULL,
    backed_up BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    -- When its counter went back, which means that there may be a copy.
    suspected_at TIMESTAMP,
    PRIMARY KEY (tenant_id, user_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX passkeys_credential_id ON passkeys (tenant_id, credential_id);

-- Not before then is the user offered to make a passkey again.
ALTER TABLE users ADD COLUMN passkey_offer_after TIMESTAMP;
