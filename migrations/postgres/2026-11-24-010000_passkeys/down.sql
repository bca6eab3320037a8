ALTER TABLE users DROP COLUMN passkey_offer_after;
DROP TABLE passkeys;
