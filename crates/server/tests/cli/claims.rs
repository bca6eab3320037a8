use serde_json::Value;

use crate::support::on_every_backend;

const STATE: &str = "version: 1
tenants:
  - slug: acme
    name: Acme
    settings:
      claim_mappings:
        - claim: team
          expression: '\"red\"'
          in: [access_token, id_token]
    clients:
      - client_id: web
        name: Web
        secret: first-secret-0123456789-0123456789-0123456789
        redirect_uris: [https://app.example/cb]
        scope: openid profile email
    users:
      - username: alice
        email: alice@acme.test
        email_verified: true
        password: wonderland-in-spring
        claims: {name: Alice Liddell}
  - slug: globex
    name: Globex
";

#[test]
fn a_preview_is_what_a_user_would_get_at_a_client_as_json() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let preview = |user: &str, more: &[&str]| -> Value {
            let common = ["claims", "preview", "--tenant", "acme", "--client", "web", "--user", user];
            serde_json::from_str(&installation.run(&[&common, more].concat()).ok()).unwrap()
        };
        let all = preview("alice", &[]);
        assert_eq!(all["userinfo"]["claims"]["email"], "alice@acme.test");
        assert_eq!(all["userinfo"]["claims"]["name"], "Alice Liddell");
        assert_eq!(all["id_token"]["claims"]["aud"], "web");
        for place in ["id_token", "access_token"] {
            assert_eq!(all[place]["claims"]["team"], "red", "{place}");
        }
        let narrow = preview("alice@acme.test", &["--scope", "openid email"]);
        assert!(narrow["userinfo"]["claims"]["name"].is_null() && narrow["scope"] == "email openid", "{narrow}");
        // No token and nothing to sign one with was made by looking.
        assert_eq!(installation.run(&["keys", "list"]).ok(), "");
    });
}

#[test]
fn a_preview_of_nobody_or_at_an_unknown_client_says_what_is_missing() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let refused = |tenant: &str, client: &str, user: &str, scope: &str| {
            let arguments =
                ["claims", "preview", "--tenant", tenant, "--client", client, "--user", user, "--scope", scope];
            installation.run(&arguments).refused()
        };
        assert_eq!(refused("nobody", "web", "alice", "openid"), "latchkey: there is no tenant nobody");
        assert_eq!(refused("acme", "other", "alice", "openid"), "latchkey: acme has no client other");
        assert_eq!(refused("acme", "web", "bob", "openid"), "latchkey: acme has no user bob");
        assert_eq!(refused("globex", "web", "alice", "openid"), "latchkey: globex has no client web");
        assert!(refused("acme", "web", "alice", "a\"b").contains("--scope is malformed"));
    });
}
