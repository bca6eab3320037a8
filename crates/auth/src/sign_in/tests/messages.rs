//! How many messages strangers may have sent.

use std::time::Duration;

use crate::testing::{address, benches};
use crate::{AuthError, MessageChannel};

#[tokio::test]
async fn a_person_gets_so_many_mails_an_hour_and_no_more_however_the_address_is_written() {
    for bench in benches().await {
        for number in 0..10 {
            let to = if number % 2 == 0 { "ivan@example.com" } else { " Ivan@Example.com" };
            let admitted = bench.sign_in.admit_message(&bench.tenant, MessageChannel::Mail, to, address(number)).await;
            assert!(admitted.is_ok(), "{} {number}", bench.name);
        }
        let more = async |to| bench.sign_in.admit_message(&bench.tenant, MessageChannel::Mail, to, address(99)).await;
        let refused = more("ivan@example.com").await;
        let Err(AuthError::TooManyRequests { retry_after }) = refused else { panic!("{refused:?}") };
        assert!(retry_after <= Duration::from_secs(3_600), "{}", bench.name);
        assert!(more("other@example.com").await.is_ok(), "{}", bench.name);
        bench.clock.advance(Duration::from_secs(3_600));
        assert!(more("ivan@example.com").await.is_ok(), "{}", bench.name);
    }
}

#[tokio::test]
async fn one_network_address_cannot_use_up_what_a_person_has() {
    for bench in benches().await {
        let ask = async |to: &str, from| {
            bench.sign_in.admit_message(&bench.tenant, MessageChannel::Sms, to, address(from)).await.is_ok()
        };
        for number in 0..15 {
            assert!(ask(&format!("+3519{number:08}"), 1).await, "{}", bench.name);
        }
        for _ in 0..20 {
            assert!(!ask("+351911111111", 1).await, "{}", bench.name);
        }
        for _ in 0..5 {
            assert!(ask("+351911111111", 2).await, "{}", bench.name);
        }
        assert!(!ask("+351911111111", 3).await, "{}", bench.name);
    }
}
