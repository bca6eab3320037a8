use crate::support::{Installation, on_every_backend};

const STATE: &str = "version: 1
tenants:
  - slug: acme
    name: Acme
    clients:
      - client_id: web
        name: Web
        secret: first-secret-0123456789-0123456789-0123456789
        redirect_uris: [https://app.example/cb]
      - client_id: spa
        name: SPA
        application_type: browser
        token_endpoint_auth_method: none
        redirect_uris: [https://spa.example/cb]
  - slug: globex
    name: Globex
";

fn list(installation: &Installation, tenant: &str) -> String {
    installation.run(&["client", "list", "--tenant", tenant]).ok()
}

/// The part of the list that tells of a client.
fn line(list: &str, client_id: &str) -> String {
    let start = format!("acme  {client_id}  ");
    let line = list.lines().find_map(|line| line.strip_prefix(&start));
    assert!(line.is_some(), "no {client_id}: {list}");
    line.unwrap().to_owned()
}

#[test]
fn the_list_says_how_each_client_authenticates_and_shows_no_secret() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let clients = list(installation, "acme");
        assert_eq!(clients.lines().count(), 2, "{clients}");
        let web = line(&clients, "web");
        assert!(web.starts_with("client_secret_basic  secret of 2") && !web.contains("until"), "{web}");
        assert_eq!(line(&clients, "spa").trim_end(), "none");
        assert!(!clients.contains("first-secret"), "{clients}");
        assert_eq!(list(installation, "globex"), "");
        let unknown = installation.run(&["client", "list", "--tenant", "nobody"]).refused();
        assert_eq!(unknown, "latchkey: there is no tenant nobody");
    });
}

#[test]
fn a_new_secret_is_printed_once_and_the_newest_old_one_counts_until_the_overlap_ends() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let rotate = |more: &[&str]| {
            let common = ["client", "rotate-secret", "--tenant", "acme", "web"];
            installation.run(&[&common, more].concat())
        };
        let first = rotate(&[]);
        assert!(first.stderr.contains("The old one ends in 24 h."), "{first:?}");
        let first = first.ok();
        assert_eq!(first.trim_end().len(), 43, "256 random bits: {first}");
        let clients = list(installation, "acme");
        let web = line(&clients, "web");
        assert_eq!((web.matches("secret of ").count(), web.matches(" until ").count()), (2, 1), "{web}");
        assert!(!clients.contains(first.trim_end()), "{clients}");

        let second = rotate(&["--overlap-hours", "1"]).ok();
        assert_ne!(first, second);
        let web = line(&list(installation, "acme"), "web");
        assert_eq!(web.matches("secret of ").count(), 2, "never more than two live: {web}");

        rotate(&["--overlap-hours", "0"]).ok();
        let web = line(&list(installation, "acme"), "web");
        assert_eq!((web.matches("secret of ").count(), web.matches(" until ").count()), (1, 0), "{web}");
    });
}

#[test]
fn a_client_that_is_unknown_or_has_no_secret_gets_none() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let rotate =
            |tenant, client: &str| installation.run(&["client", "rotate-secret", "--tenant", tenant, client]).refused();
        assert_eq!(rotate("acme", "nobody"), "latchkey: acme has no client nobody");
        assert_eq!(rotate("acme", "spa"), "latchkey: spa has no secret: it authenticates by none");
        assert_eq!(rotate("globex", "web"), "latchkey: globex has no client web");
        assert_eq!(rotate("nobody", "web"), "latchkey: there is no tenant nobody");
        let too_long = ["client", "rotate-secret", "--tenant", "acme", "web", "--overlap-hours", "2161"];
        assert_eq!(installation.run(&too_long).code, 2);
        assert!(!line(&list(installation, "acme"), "web").contains("until"), "nothing has changed");
    });
}
