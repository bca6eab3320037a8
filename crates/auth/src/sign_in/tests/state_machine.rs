//! No sequence of steps leads to a session without what the policy asks for: random steps of people in two browsers and
//! two tenants, held against a record of what was really proved.

mod world;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use self::world::World;
use crate::testing::benches;

/// One step of somebody, in any order.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// An application sends a browser to a tenant.
    Begin { tenant: usize, browser: usize },
    /// A password is typed into the form of a sign-in.
    Password { at: Place, user: usize, right: bool },
    /// A code is typed.
    Code { at: Place, code: TypedCode },
    /// An authenticator is set up on the way.
    SetUp { at: Place, right: bool },
    /// "Not now".
    PutOff { at: Place },
    /// A passkey answers a challenge, in place of a name and a password.
    Passkey { at: Place, user: usize, challenge: Challenge },
    /// A passkey answers a challenge, as second factor.
    PasskeyFactor { at: Place, user: usize, challenge: Challenge },
    /// A code or a link is asked for.
    AskForMail { at: Place, user: usize, link: bool },
    /// What was mailed is shown.
    ShowMail { at: Place, shown: Mailed },
    /// The terms of service are accepted, whichever there are.
    AcceptTerms { at: Place },
    /// The page of what is to be done is opened, and nothing done.
    SkipAction { at: Place },
    /// The application gets its answer.
    Finish { at: Place },
    /// Time passes.
    Wait { seconds: u64 },
    /// The admin writes another policy.
    Policy { rule: usize, grace_days: u16, terms: usize },
}

/// Which sign-in, and where its address was opened: nothing says that it is the browser and the tenant it began at.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) sign_in: usize,
    pub(super) tenant: usize,
    pub(super) browser: usize,
}

/// A code, whoever types it.
#[derive(Clone, Debug)]
pub(super) enum TypedCode {
    /// What a user's authenticator shows now.
    Shown { user: usize },
    /// The one that passed last, once more.
    Replayed,
    /// One of a user's recovery codes.
    Recovery { user: usize, number: usize },
    /// A guess.
    Wrong,
}

/// What a passkey answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Challenge {
    /// The one of this sign-in.
    Own,
    /// That of the sign-in before.
    OfAnother,
    /// The one that was answered last: the same answer comes once more.
    Answered,
}

/// Which of the mails.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mailed {
    /// The code of the newest.
    Code,
    /// The link of the newest.
    Link,
    /// The code of the one before.
    CodeBefore,
    /// A guess.
    Wrong,
}

fn place() -> impl Strategy<Value = Place> {
    // Mostly where it belongs: else hardly a sequence would get anywhere.
    let stray = prop_oneof![8 => Just(0_usize), 1 => Just(1_usize)];
    let sign_in = prop_oneof![7 => Just(0_usize), 2 => Just(1_usize), 1 => Just(2_usize)];
    (sign_in, stray.clone(), stray).prop_map(|(sign_in, tenant, browser)| Place { sign_in, tenant, browser })
}

fn step() -> impl Strategy<Value = Step> {
    let code = prop_oneof![
        6 => (0..2_usize).prop_map(|user| TypedCode::Shown { user }),
        2 => Just(TypedCode::Replayed),
        2 => (0..2_usize, 0..3_usize).prop_map(|(user, number)| TypedCode::Recovery { user, number }),
        2 => Just(TypedCode::Wrong),
    ];
    let seconds = prop_oneof![6 => Just(31_u64), 2 => Just(5 * 60), 1 => Just(16 * 60), 1 => Just(31 * 60)];
    let right = prop_oneof![4 => Just(true), 1 => Just(false)];
    prop_oneof![
        9 => other_way(),
        3 => (0..2_usize, 0..2_usize).prop_map(|(tenant, browser)| Step::Begin { tenant, browser }),
        6 => (place(), 0..PEOPLE, right.clone()).prop_map(|(at, user, right)| Step::Password { at, user, right }),
        6 => (place(), code).prop_map(|(at, code)| Step::Code { at, code }),
        2 => (place(), right).prop_map(|(at, right)| Step::SetUp { at, right }),
        2 => place().prop_map(|at| Step::PutOff { at }),
        2 => place().prop_map(|at| Step::Finish { at }),
        3 => seconds.prop_map(|seconds| Step::Wait { seconds }),
        1 => policy(),
    ]
}

/// What needs neither a password nor a code of an authenticator.
fn other_way() -> impl Strategy<Value = Step> {
    let challenge =
        prop_oneof![4 => Just(Challenge::Own), 1 => Just(Challenge::OfAnother), 1 => Just(Challenge::Answered)];
    let mailed = prop_oneof![
        4 => Just(Mailed::Code),
        4 => Just(Mailed::Link),
        1 => Just(Mailed::CodeBefore),
        1 => Just(Mailed::Wrong),
    ];
    let passkey = || (place(), 0..PEOPLE, challenge.clone());
    prop_oneof![
        2 => passkey().prop_map(|(at, user, challenge)| Step::Passkey { at, user, challenge }),
        3 => passkey().prop_map(|(at, user, challenge)| Step::PasskeyFactor { at, user, challenge }),
        2 => (place(), 0..PEOPLE, any::<bool>()).prop_map(|(at, user, link)| Step::AskForMail { at, user, link }),
        3 => (place(), mailed).prop_map(|(at, shown)| Step::ShowMail { at, shown }),
        3 => place().prop_map(|at| Step::AcceptTerms { at }),
        1 => place().prop_map(|at| Step::SkipAction { at }),
    ]
}

fn policy() -> impl Strategy<Value = Step> {
    let terms = prop_oneof![3 => Just(0_usize), 1 => Just(1_usize), 1 => Just(2_usize)];
    (0..3_usize, 0..2_u16, terms).prop_map(|(rule, grace_days, terms)| Step::Policy { rule, grace_days, terms })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let begin = (0..2_usize).prop_map(|tenant| Step::Begin { tenant, browser: 0 });
    (policy(), begin, prop::collection::vec(step(), 20..90))
        .prop_map(|(policy, begin, steps)| [vec![policy, begin], steps].concat())
}

#[tokio::test]
async fn no_sequence_of_steps_opens_a_session_without_what_the_policy_asks_for() {
    for bench in benches().await {
        let mut world = World::new(bench).await;
        let mut runner = TestRunner::new_with_rng(Config::default(), fixed_seed());
        for _ in 0..SEQUENCES {
            let steps = steps().new_tree(&mut runner).expect("steps").current();
            world.begin_anew().await;
            for step in &steps {
                world.take(step).await.unwrap_or_else(|why| panic!("{}: {why}\n{steps:#?}", world.name()));
            }
        }
        world.was_worth_it();
    }
}

/// On each pair of backends.
const SEQUENCES: usize = 80;
/// In each tenant: with an authenticator, with a password alone, with a passkey.
pub(super) const PEOPLE: usize = 3;

fn fixed_seed() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}
