-- When the client first got a token: one that never does is deleted after a while.
ALTER TABLE client_registrations ADD COLUMN first_used_at TIMESTAMP;
