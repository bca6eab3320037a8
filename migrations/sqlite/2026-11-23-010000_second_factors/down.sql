ALTER TABLE sessions DROP COLUMN factor;
ALTER TABLE sessions DROP COLUMN device_id;
ALTER TABLE users DROP COLUMN second_factor_due_at;
DROP TABLE remembered_devices;
DROP TABLE recovery_codes;
DROP TABLE totp_factors;
