-- Accounts whose users had them deleted, until they are; the link that undoes it is known by its hash.
CREATE TABLE account_deletions (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    undo_hash TEXT NOT NULL,
    requested_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX account_deletions_undo_hash ON account_deletions (tenant_id, undo_hash);
CREATE INDEX account_deletions_due_at ON account_deletions (due_at);
