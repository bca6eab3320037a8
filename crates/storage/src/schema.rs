//! Tables as both databases have them; a test compares this with what the migrations make.
//!
//! Every table of a tenant starts its primary key with `tenant_id`. The global ones:
//!
//! * `tenants`, `domains`: they answer which tenant a request is for, so they are looked up without one.
//! * `master_keys`: one per installation.
//! * `outbox`: jobs of all tenants in one queue; each row names its tenant.

diesel::table! {
    tenants (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        status -> Text,
        settings -> Text,
        branding -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    domains (tenant_id, host) {
        tenant_id -> Text,
        host -> Text,
        verified_at -> Nullable<Timestamp>,
        is_issuer -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    clients (tenant_id, client_id) {
        tenant_id -> Text,
        client_id -> Text,
        name -> Text,
        metadata -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        origin -> Text,
        fresh_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    client_secrets (tenant_id, client_id, secret_hash) {
        tenant_id -> Text,
        client_id -> Text,
        secret_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        sealed_secret -> Nullable<Text>,
    }
}

diesel::table! {
    resource_servers (tenant_id, audience) {
        tenant_id -> Text,
        audience -> Text,
        name -> Text,
        settings -> Text,
        scopes -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    signing_keys (tenant_id, kid) {
        tenant_id -> Text,
        kid -> Text,
        alg -> Text,
        state -> Text,
        public_key -> Text,
        encrypted_private_key -> Nullable<Text>,
        master_key_version -> Integer,
        created_at -> Timestamp,
        activated_at -> Nullable<Timestamp>,
        retire_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    master_keys (version) {
        version -> Integer,
        check_value -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    users (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        username -> Text,
        username_key -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        email_verified -> Bool,
        claims -> Text,
        password_hash -> Nullable<Text>,
        status -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        groups -> Text,
        roles -> Text,
        second_factor_due_at -> Nullable<Timestamp>,
        must_change_password -> Bool,
        terms_version -> Nullable<Text>,
        passkey_offer_after -> Nullable<Timestamp>,
        deletion_requested_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    terms_acceptances (tenant_id, user_id, version) {
        tenant_id -> Text,
        user_id -> Text,
        version -> Text,
        accepted_at -> Timestamp,
    }
}

diesel::table! {
    one_time_links (tenant_id, token_hash) {
        tenant_id -> Text,
        token_hash -> Text,
        purpose -> Text,
        user_id -> Text,
        email_key -> Text,
        detail -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    invitations (tenant_id, token_hash) {
        tenant_id -> Text,
        token_hash -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        redeemed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        user_id -> Text,
        secret_hash -> Text,
        amr -> Text,
        acr -> Text,
        user_agent -> Text,
        address -> Text,
        created_at -> Timestamp,
        authenticated_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        device_id -> Nullable<Text>,
        factor -> Nullable<Text>,
        first_factor -> Nullable<Text>,
    }
}

diesel::table! {
    consents (tenant_id, user_id, client_id) {
        tenant_id -> Text,
        user_id -> Text,
        client_id -> Text,
        scope -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    grants (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        client_id -> Text,
        user_id -> Text,
        session_id -> Nullable<Text>,
        scope -> Text,
        audience -> Text,
        authentication -> Text,
        code_hash -> Text,
        offline -> Bool,
        generation -> Integer,
        family_key -> Nullable<Text>,
        secret_hash -> Nullable<Text>,
        previous_secret_hash -> Nullable<Text>,
        rotation_nonce -> Nullable<Text>,
        rotated_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    revoked_tokens (tenant_id, jti) {
        tenant_id -> Text,
        jti -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        tenant_id -> Text,
        kind -> Text,
        payload -> Text,
        attempts -> Integer,
        available_at -> Timestamp,
        created_at -> Timestamp,
        destination -> Text,
    }
}

diesel::table! {
    client_registrations (tenant_id, client_id) {
        tenant_id -> Text,
        client_id -> Text,
        token_hash -> Text,
        created_at -> Timestamp,
        first_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    initial_access_tokens (tenant_id, token_hash) {
        tenant_id -> Text,
        token_hash -> Text,
        name -> Text,
        uses_left -> Nullable<Integer>,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    api_keys (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        audience -> Text,
        name -> Text,
        secret_hash -> Text,
        scope -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    pairwise_subjects (tenant_id, sector, user_id) {
        tenant_id -> Text,
        sector -> Text,
        user_id -> Text,
        subject -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    session_clients (tenant_id, session_id, client_id) {
        tenant_id -> Text,
        session_id -> Text,
        client_id -> Text,
        subject -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    device_secrets (tenant_id, secret_hash) {
        tenant_id -> Text,
        secret_hash -> Text,
        session_id -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    totp_factors (tenant_id, user_id, id) {
        tenant_id -> Text,
        user_id -> Text,
        id -> Text,
        name -> Text,
        sealed_secret -> Text,
        algorithm -> Text,
        last_step -> BigInt,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    passkeys (tenant_id, user_id, id) {
        tenant_id -> Text,
        user_id -> Text,
        id -> Text,
        credential_id -> Text,
        issuer_host -> Nullable<Text>,
        credential -> Text,
        name -> Text,
        aaguid -> Nullable<Text>,
        attested -> Bool,
        sign_count -> BigInt,
        backed_up -> Bool,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        suspected_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    recovery_codes (tenant_id, user_id, code_hash) {
        tenant_id -> Text,
        user_id -> Text,
        code_hash -> Text,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    phone_factors (tenant_id, user_id) {
        tenant_id -> Text,
        user_id -> Text,
        number -> Text,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    push_devices (tenant_id, user_id, id) {
        tenant_id -> Text,
        user_id -> Text,
        id -> Text,
        name -> Text,
        address -> Text,
        public_key -> Text,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    remembered_devices (tenant_id, user_id, id) {
        tenant_id -> Text,
        user_id -> Text,
        id -> Text,
        factor -> Text,
        secret_hash -> Text,
        user_agent -> Text,
        address -> Text,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    security_events (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        at -> Timestamp,
        kind -> Text,
        outcome -> Text,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        actor -> Text,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        reason -> Nullable<Text>,
        details -> Text,
    }
}

diesel::table! {
    tenant_secrets (tenant_id, name) {
        tenant_id -> Text,
        name -> Text,
        sealed -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    former_passwords (tenant_id, user_id, number) {
        tenant_id -> Text,
        user_id -> Text,
        number -> BigInt,
        password_hash -> Text,
        replaced_at -> Timestamp,
    }
}

diesel::table! {
    account_deletions (tenant_id, user_id) {
        tenant_id -> Text,
        user_id -> Text,
        undo_hash -> Text,
        requested_at -> Timestamp,
        due_at -> Timestamp,
    }
}

diesel::table! {
    known_origins (tenant_id, user_id, kind, value) {
        tenant_id -> Text,
        user_id -> Text,
        kind -> Text,
        value -> Text,
        first_seen_at -> Timestamp,
        last_seen_at -> Timestamp,
    }
}

diesel::table! {
    linked_identities (tenant_id, issuer, subject) {
        tenant_id -> Text,
        issuer -> Text,
        subject -> Text,
        user_id -> Text,
        label -> Text,
        linked_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    account_deletions,
    api_keys,
    client_registrations,
    client_secrets,
    clients,
    consents,
    device_secrets,
    domains,
    former_passwords,
    grants,
    initial_access_tokens,
    invitations,
    known_origins,
    linked_identities,
    master_keys,
    one_time_links,
    outbox,
    pairwise_subjects,
    passkeys,
    recovery_codes,
    remembered_devices,
    resource_servers,
    revoked_tokens,
    security_events,
    session_clients,
    sessions,
    signing_keys,
    tenant_secrets,
    tenants,
    terms_acceptances,
    totp_factors,
    users
);
