-- The kind of first factor that the session was opened with; none before there were others than the password.
ALTER TABLE sessions ADD COLUMN first_factor TEXT;
