use super::*;
use crate::testing::{Bench, benches, draft};
use crate::{InvalidUser, UserDraft};

async fn insert(bench: &Bench, draft: UserDraft) -> UserWrite {
    let checked = draft.check().expect("a good draft");
    let (tenant, now) = (bench.tenant.id.clone(), bench.clock.now());
    let id = UserId::generate(now, &bench.rng);
    bench.write(move |conn| insert_user(conn, &tenant, &id, &checked, now)).await
}

async fn update(bench: &Bench, id: &UserId, draft: UserDraft) -> UserWrite {
    let checked = draft.check().expect("a good draft");
    let (tenant, id, now) = (bench.tenant.id.clone(), id.clone(), bench.clock.now());
    bench.write(move |conn| update_user(conn, &tenant, &id, &checked, now)).await
}

#[test]
fn a_user_name_with_an_at_sign_must_be_the_users_own_address() {
    let with = |username: &str, email: Option<&str>| UserDraft {
        username: username.to_owned(),
        email: email.map(str::to_owned),
        ..draft("x")
    };
    assert!(with("Alice@Example.com", Some("alice@example.com")).check().is_ok());
    let foreign = Err(InvalidUser::UsernameIsForeignEmail);
    assert_eq!(with("bob@example.com", Some("alice@example.com")).check(), foreign);
    assert_eq!(with("bob@example.com", None).check(), foreign);
    // A full-width @ is an @ once it is normalized.
    assert_eq!(with("bob＠example.com", None).check(), foreign);
    let verified = UserDraft { email_verified: true, ..with("alice", None) };
    assert_eq!(verified.check(), Err(InvalidUser::VerifiedWithoutEmail));
}

#[tokio::test]
async fn names_and_addresses_are_unique_in_every_writing() {
    for bench in benches().await {
        assert!(matches!(insert(&bench, draft("alice")).await, UserWrite::Written(_)), "{}", bench.name);
        assert_eq!(insert(&bench, draft("ALICE")).await, UserWrite::UsernameTaken, "{}", bench.name);
        let same_email = UserDraft { email: Some("Alice@EXAMPLE.com".to_owned()), ..draft("bob") };
        assert_eq!(insert(&bench, same_email.clone()).await, UserWrite::EmailTaken, "{}", bench.name);
        let as_name = UserDraft { username: "alice@example.com".to_owned(), ..same_email };
        assert_eq!(insert(&bench, as_name).await, UserWrite::EmailTaken, "{}", bench.name);

        let without = UserDraft { email: None, ..draft("carol") };
        assert!(matches!(insert(&bench, without).await, UserWrite::Written(_)), "{}", bench.name);
        let without = UserDraft { email: None, ..draft("dave") };
        let UserWrite::Written(dave) = insert(&bench, without).await else { panic!("{}", bench.name) };
        assert_eq!(update(&bench, &dave.id, draft("alice")).await, UserWrite::UsernameTaken, "{}", bench.name);
    }
}

#[tokio::test]
async fn an_update_changes_everything_but_the_password_and_moves_updated_at_only_when_it_changes_something() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        bench.advance(60);
        assert_eq!(update(&bench, &alice.id, draft("alice")).await, UserWrite::Written(Box::new(alice.clone())));
        let mut changed = draft("alicia");
        changed.claims.name = Some("Alicia".parse().unwrap());
        let UserWrite::Written(after) = update(&bench, &alice.id, changed).await else { panic!("{}", bench.name) };
        assert_eq!((after.username.as_str(), after.display_name()), ("alicia", "Alicia"));
        assert_eq!((after.created_at, after.updated_at), (alice.created_at, bench.clock.now()));
        bench.sign_in("alicia").await;

        let nobody = UserId::generate(bench.clock.now(), &bench.rng);
        assert_eq!(update(&bench, &nobody, draft("zed")).await, UserWrite::NotFound, "{}", bench.name);
    }
}

#[tokio::test]
async fn users_are_listed_page_by_page_within_their_tenant() {
    for bench in benches().await {
        let other = bench.other_tenant().await;
        bench.user_of(&other.id, draft("stranger"), None).await;
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            ids.push(bench.user(name).await.id);
            bench.advance(1);
        }
        let page = async |after: Option<UserId>| {
            let tenant = bench.tenant.id.clone();
            let page = bench.write(move |conn| list_users(conn, &tenant, after.as_ref(), 2)).await;
            page.into_iter().map(|user| user.id).collect::<Vec<_>>()
        };
        assert_eq!(page(None).await, ids[..2], "{}", bench.name);
        assert_eq!(page(Some(ids[1].clone())).await, ids[2..], "{}", bench.name);
        assert_eq!(page(Some(ids[2].clone())).await, [], "{}", bench.name);
    }
}

#[tokio::test]
async fn a_user_of_another_tenant_is_not_there() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let other = bench.other_tenant().await.id;
        let (id, now) = (alice.id.clone(), bench.clock.now());
        let checked = draft("alice").check().unwrap();
        let key = IdentifierKey::of("alice");
        let hash = Secret::from("x");
        bench
            .write(move |conn| {
                assert_eq!(find_user(conn, &other, &id)?, None);
                assert_eq!(find_user_by_identifier(conn, &other, &key)?, None);
                assert_eq!(update_user(conn, &other, &id, &checked, now)?, UserWrite::NotFound);
                assert!(!set_password_hash(conn, &other, &id, &hash)?);
                assert!(!set_status(conn, &other, &id, UserStatus::Disabled, now)?);
                assert!(!delete_user(conn, &other, &id)?);
                Ok(())
            })
            .await;
        bench.sign_in("alice").await;
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_the_sessions() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        let (tenant, id) = (bench.tenant.id.clone(), alice.id.clone());
        assert!(bench.write(move |conn| delete_user(conn, &tenant, &id)).await);
        assert!(!bench.is_signed_in(&session).await, "{}", bench.name);
        assert_ne!(bench.user("alice").await.id, alice.id, "{}", bench.name);
    }
}
