-- To whom an entry goes, in clear ('' when it does not matter): no destination may hold up the others.
ALTER TABLE outbox ADD COLUMN destination TEXT NOT NULL DEFAULT '';
