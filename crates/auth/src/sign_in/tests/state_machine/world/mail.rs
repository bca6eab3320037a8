//! Codes and links that are sent by mail.

use latchkey_audit::Outbox;
use latchkey_core::{Clock, Secret, UserId, UtcTime};
use latchkey_mail::{Mailer, deliver_due};
use latchkey_tenants::FirstFactorKind;

use super::super::Mailed;
use super::{Checked, Place, World, ensure};
use crate::sent_code::{SENT_CODE_LIFETIME, Shown};
use crate::{MailAttempt, MailOutcome, MailRequest, MailRequested};

/// What came with a mail.
pub(super) struct Sent {
    sign_in: usize,
    user: UserId,
    code: String,
    link_token: Option<String>,
    at: UtcTime,
    used: bool,
}

impl World {
    pub(super) async fn ask_for_mail(&mut self, at: &Place, user: usize, link: bool) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let kind = if link { FirstFactorKind::MagicLink } else { FirstFactorKind::EmailCode };
        let request =
            MailRequest { identifier: self.username(user), kind, with: self.with(tenant, browser), known: None };
        let requested = self.bench.sign_in.request_mail(&self.tenants[tenant], &interaction, request).await;
        if requested.map_err(|error| error.to_string())? != MailRequested::Sent {
            return Ok(());
        }
        let text = self.newest_mail().await.ok_or("a mail that was sent did not come")?;
        let code = text.lines().find(|line| is_code(line)).ok_or("a mail has no code")?.to_owned();
        let link_token = text.split_once("&token=").and_then(|(_, rest)| rest.split_whitespace().next());
        let link_token = link_token.map(str::to_owned);
        let (user, at) = (self.person(tenant, user).id.clone(), self.bench.clock.now());
        self.mails.push(Sent { sign_in: index, user, code, link_token, at, used: false });
        Ok(())
    }

    pub(super) async fn show_mail(&mut self, at: &Place, shown: Mailed) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let back = if matches!(shown, Mailed::CodeBefore) { 2 } else { 1 };
        let Some(mail) = self.mails.len().checked_sub(back) else { return Ok(()) };
        let sent = &self.mails[mail];
        let shown = match (shown, &sent.link_token) {
            (Mailed::Wrong, _) => Shown::Code(Secret::from("00000000")),
            (Mailed::Link, Some(token)) => Shown::Link(Secret::new(token.clone())),
            _ => Shown::Code(Secret::new(sent.code.clone())),
        };
        let attempt = MailAttempt { shown, with: self.with(tenant, browser) };
        let outcome = self.bench.sign_in.submit_mail(&self.tenants[tenant], &interaction, attempt).await;
        let newest = self.mails.iter().rposition(|sent| sent.sign_in == index);
        let age = self.bench.clock.now().since(self.mails[mail].at);
        let is_good = newest == Some(mail) && !self.mails[mail].used && age <= SENT_CODE_LIFETIME;
        let user = self.mails[mail].user.clone();
        let person = self.people.iter().find(|person| person.id == user).ok_or("nobody has this id")?;
        let asked = self.asks_second_factor(person);
        match outcome.map_err(|error| error.to_string())? {
            MailOutcome::SignedIn(entry) => {
                ensure(is_good && !asked, "a session came of a mail that was not enough")?;
                self.mails[mail].used = true;
                self.opened.by_mail += 1;
                self.enter((index, tenant, browser), entry, (&user, "1")).await
            }
            MailOutcome::SecondFactorNeeded => {
                ensure(is_good && asked, "a second factor is asked for after a wrong code, or without need")?;
                self.mails[mail].used = true;
                self.await_second_factor(index, user);
                Ok(())
            }
            MailOutcome::Refused | MailOutcome::Expired | MailOutcome::Over => Ok(()),
        }
    }

    async fn newest_mail(&self) -> Option<String> {
        let mailer = Mailer::memory("Latchkey <no-reply@example.com>").expect("a mailer");
        let outbox = Outbox::new(Secret::new([7; 32]), self.bench.rng.clone());
        let clock = Clock::Frozen(self.bench.clock.clone());
        deliver_due(&self.bench.db, &mailer, &outbox, &clock).await.expect("delivered");
        mailer.sent().into_iter().map(|mail| mail.text).rfind(|text| text.lines().any(is_code))
    }
}

/// A line such as `1234 5678`.
fn is_code(line: &str) -> bool {
    line.len() == 9 && line.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ')
}
