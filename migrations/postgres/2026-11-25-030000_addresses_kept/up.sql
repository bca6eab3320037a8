-- Whether an address is kept for who may take it back, asked at every registration.
CREATE INDEX one_time_links_email ON one_time_links (tenant_id, email_key);
