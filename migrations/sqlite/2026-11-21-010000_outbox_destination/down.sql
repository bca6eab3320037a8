ALTER TABLE outbox DROP COLUMN destination;
