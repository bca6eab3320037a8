DROP TABLE one_time_links;
DROP TABLE terms_acceptances;
ALTER TABLE users DROP COLUMN terms_version;
ALTER TABLE users DROP COLUMN must_change_password;
