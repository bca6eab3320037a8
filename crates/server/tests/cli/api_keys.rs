use crate::support::on_every_backend;

const STATE: &str = "version: 1\ntenants:\n  - slug: acme\n    name: Acme\n    resource_servers:\n      \
                     - audience: https://api.test\n        name: API\n        scopes: [{name: read}]\n";

#[test]
fn an_api_key_is_shown_once_listed_without_its_secret_and_revoked_once() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let create = |more: &[&str]| {
            let common = ["api-key", "create", "--tenant", "acme", "--name", "nightly"];
            installation.run(&[&common, more].concat())
        };
        let key = create(&["--audience", "https://api.test", "--scope", "read", "--lifetime-days", "1"]).ok();
        let (id, secret) = key.trim_end().strip_prefix("lkak_").unwrap().split_once('.').unwrap();
        let list = || installation.run(&["api-key", "list", "--tenant", "acme"]).ok();
        let listed = list();
        assert!(listed.contains(&format!("{id}  https://api.test  \"nightly\"  [read]  until ")), "{listed}");
        assert!(listed.contains("never used") && !listed.contains(secret), "{listed}");

        assert!(create(&["--audience", "https://other.test"]).refused().contains("has no resource server"));
        assert!(create(&["--audience", "https://api.test", "--scope", "write"]).refused().contains("the scope write"));

        let revoke = || installation.run(&["api-key", "revoke", "--tenant", "acme", id]);
        assert_eq!(revoke().ok(), format!("{id} is revoked\n"));
        assert!(revoke().refused().contains("no API key"));
        assert!(list().contains("  revoked "), "{}", list());
    });
}
