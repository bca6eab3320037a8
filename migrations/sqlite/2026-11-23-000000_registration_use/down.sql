ALTER TABLE client_registrations DROP COLUMN first_used_at;
