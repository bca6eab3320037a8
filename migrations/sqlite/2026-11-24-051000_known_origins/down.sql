DROP TABLE known_origins;
