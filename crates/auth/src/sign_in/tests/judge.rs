//! The judgement of new passwords: length, identifiers, strength, history.

use latchkey_core::Secret;

use crate::testing::{Bench, PASSWORD, benches};
use crate::{ChosenPassword, PasswordOwner, PasswordRule, Suggestion, User, Weakness, password_store};

async fn judge(bench: &Bench, user: &User, password: &str) -> Result<ChosenPassword, PasswordRule> {
    let owner = PasswordOwner::of(user);
    bench.sign_in.judge_password(&bench.tenant, &owner, Secret::from(password)).await.expect(bench.name)
}

async fn choose(bench: &Bench, user: &User, password: &str) {
    let chosen = judge(bench, user, password).await.expect(bench.name);
    let (tenant, user, now) = (bench.tenant.id.clone(), user.id.clone(), bench.clock.now());
    let set = bench.write(move |conn| password_store::set_password(conn, &tenant, &user, &chosen, now)).await;
    assert!(set, "{}", bench.name);
}

#[tokio::test]
async fn the_first_rule_that_is_broken_is_named() {
    for mut bench in benches().await {
        bench.tenant.settings.passwords.min_length = 10;
        let alice = bench.user("alice-in-wonder").await;
        let long = "long enough ".repeat(30);
        for (password, rule) in [
            ("nine chrs", PasswordRule::TooShort { least: 10 }),
            // Ten code points, five characters.
            ("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}", PasswordRule::TooShort { least: 10 }),
            (long.as_str(), PasswordRule::TooLong),
            ("ALICE-in-wonder@example.com", PasswordRule::SameAsIdentifier),
        ] {
            assert_eq!(judge(&bench, &alice, password).await.expect_err(password), rule, "{}", bench.name);
        }
        let weak = judge(&bench, &alice, "password12").await.expect_err("weak");
        let expected =
            PasswordRule::TooWeak { weakness: Some(Weakness::Common), suggestion: Some(Suggestion::MoreWords) };
        assert_eq!(weak, expected, "{}", bench.name);
        let personal = judge(&bench, &alice, "alice-in-wonder1").await.expect_err("personal");
        let is_personal = matches!(personal, PasswordRule::TooWeak { weakness: Some(Weakness::Personal), .. });
        assert!(is_personal, "{}: {personal:?}", bench.name);
        assert!(judge(&bench, &alice, "correct horse battery").await.is_ok(), "{}", bench.name);
    }
}

#[tokio::test]
async fn the_score_is_the_tenants_to_set() {
    for mut bench in benches().await {
        let alice = bench.user("alice").await;
        bench.tenant.settings.passwords.min_score = 0;
        assert!(judge(&bench, &alice, "password12").await.is_ok(), "{}", bench.name);
        bench.tenant.settings.passwords.min_score = 4;
        let refused = judge(&bench, &alice, "purple rain").await.expect_err("not 10¹⁰ guesses");
        assert!(matches!(refused, PasswordRule::TooWeak { .. }), "{}: {refused:?}", bench.name);
    }
}

#[tokio::test]
async fn the_last_passwords_cannot_be_chosen_again_and_those_before_them_can() {
    for mut bench in benches().await {
        bench.tenant.settings.passwords.history = 3;
        let alice = bench.user("alice").await;
        let [second, third, fourth] = ["battery staple two", "gravel orchid three", "marble canyon four"];
        for password in [second, third, fourth] {
            choose(&bench, &alice, password).await;
        }
        for used in [second, third, fourth] {
            let refused = judge(&bench, &alice, used).await.expect_err(used);
            assert_eq!(refused, PasswordRule::UsedBefore, "{}: {used}", bench.name);
        }
        assert!(judge(&bench, &alice, PASSWORD).await.is_ok(), "{}", bench.name);
        // Another user's history is their own.
        let bob = bench.user("bob").await;
        assert!(judge(&bench, &bob, second).await.is_ok(), "{}", bench.name);
        let (tenant, id) = (bench.tenant.id.clone(), alice.id.clone());
        let kept = bench.write(move |conn| password_store::find_last(conn, &tenant, &id, 25)).await;
        assert_eq!(kept.len(), 3, "{}", bench.name);

        // A tenant that stops asking for a history keeps none from the next change on.
        bench.tenant.settings.passwords.history = 0;
        choose(&bench, &alice, third).await;
        let (tenant, id) = (bench.tenant.id.clone(), alice.id.clone());
        let kept = bench.write(move |conn| password_store::find_last(conn, &tenant, &id, 25)).await;
        assert_eq!(kept.len(), 1, "{}", bench.name);
    }
}
