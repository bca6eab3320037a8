-- When the user had the account deleted: until it is, there are no tokens. It stands beside what else the gate looks at.
ALTER TABLE users ADD COLUMN deletion_requested_at TIMESTAMP;
UPDATE users SET deletion_requested_at = (
    SELECT requested_at FROM account_deletions
    WHERE account_deletions.tenant_id = users.tenant_id AND account_deletions.user_id = users.id
);
