//! How people sign in at a tenant: which second factors there are, who needs one, and how often it is asked for.

use latchkey_core::ClientId;
use serde::{Deserialize, Serialize};

use crate::defaults::is_default;
use crate::first_factor::{check_first_factors, default_first_factors, is_default_first_factors};
use crate::{FirstFactorKind, InvalidMember, PasskeyUse};

const MEMBER: &str = "authentication";
const MAX_RULES: usize = 100;
const MAX_NAMES: usize = 100;
const MAX_REMEMBER_DAYS: u16 = 365;
const MAX_GRACE_DAYS: u16 = 90;
const DRIFT_STEPS: u8 = 1;
const MAX_DRIFT_STEPS: u8 = 2;

/// A kind of second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorKind {
    /// A key that the user's device or password manager keeps, Web Authentication.
    Passkey,
    /// One-time codes of an authenticator application, RFC 6238.
    Totp,
    /// One of the codes that a user keeps for the day when nothing else is at hand.
    RecoveryCode,
    /// A code that is sent to the user's verified address; none beside a first factor by mail.
    EmailCode,
    /// A code that is sent to the user's phone as a text message.
    Sms,
    /// An approval on a device of the user, by the tenant's own application.
    Push,
}

/// Who needs a second factor, the weakest rule first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Nobody is asked for one, unless an application asks for a stronger sign-in.
    Off,
    /// Who has one is asked for it.
    #[default]
    Enrolled,
    /// Everybody; who has none sets one up on the way.
    Required,
}

/// The digest of TOTP codes. Many authenticator applications know SHA-1 alone, and some show wrong codes for others
/// without a word; HMAC-SHA-1 is not weakened by collisions (RFC 6238 §1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TotpAlgorithm {
    /// HMAC-SHA-1.
    #[default]
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// How people sign in; every member has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthenticationPolicy {
    /// What a sign-in can begin with.
    #[serde(skip_serializing_if = "is_default_first_factors")]
    pub first_factors: Vec<FirstFactorKind>,
    /// Who needs a second factor.
    #[serde(skip_serializing_if = "is_default")]
    pub second_factor: SecondFactorRule,
    /// The kinds that count, the one that is offered first comes first.
    #[serde(skip_serializing_if = "is_every_kind")]
    pub second_factors: Vec<SecondFactorKind>,
    /// For how many days a browser may be remembered, so that only the first factor is asked for; 0 for never.
    #[serde(skip_serializing_if = "is_thirty")]
    pub remember_device_days: u16,
    /// How many days a user who needs a second factor may put it off, from the first sign-in that asks for it.
    #[serde(skip_serializing_if = "is_default")]
    pub enrolment_grace_days: u16,
    /// The digest of the codes of authenticators that are set up from now on.
    #[serde(skip_serializing_if = "is_default")]
    pub totp_algorithm: TotpAlgorithm,
    /// How many half minutes the clock of an authenticator may be ahead or behind: 0 to 2 (RFC 6238 §5.2 recommends 1).
    #[serde(skip_serializing_if = "is_drift_steps")]
    pub totp_drift_steps: u8,
    /// What differs for some applications, or is added for some groups; of those that fit, the strictest counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<AuthenticationRule>,
}

/// What differs for some; a list that is empty fits everybody, or everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthenticationRule {
    /// For users in one of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// At one of these clients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientId>,
    /// What they can begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_factors: Option<Vec<FirstFactorKind>>,
    /// Who of them needs a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactorRule>,
    /// The kinds that count for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factors: Option<Vec<SecondFactorKind>>,
    /// For how many days their browsers may be remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remember_device_days: Option<u16>,
}

/// What holds for one user at one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorPolicy {
    /// Whether one is needed.
    pub rule: SecondFactorRule,
    /// The kinds that count, the one that is offered first comes first.
    pub kinds: Vec<SecondFactorKind>,
    /// For how many days the browser may be remembered; 0 for never.
    pub remember_device_days: u16,
    /// How many days it may be put off.
    pub enrolment_grace_days: u16,
    /// What passkeys are good for.
    pub passkeys: PasskeyUse,
}

impl Default for AuthenticationPolicy {
    fn default() -> Self {
        Self {
            first_factors: default_first_factors(),
            second_factor: SecondFactorRule::default(),
            second_factors: every_kind(),
            remember_device_days: 30,
            enrolment_grace_days: 0,
            totp_algorithm: TotpAlgorithm::default(),
            totp_drift_steps: DRIFT_STEPS,
            rules: Vec::new(),
        }
    }
}

impl AuthenticationPolicy {
    /// What a user of these groups can begin with at a client; without groups, what the client's page offers at most.
    ///
    /// Rules count as for the second factor: one for applications alone takes the place of what the tenant says, one for
    /// groups takes kinds away.
    #[must_use]
    pub fn first_factors_of(&self, groups: &[String], client: &ClientId) -> Vec<FirstFactorKind> {
        let fitting = |rule: &&AuthenticationRule| rule.fits(groups, client);
        let (of_groups, of_clients): (Vec<_>, Vec<_>) =
            self.rules.iter().filter(fitting).partition(|rule| !rule.groups.is_empty());
        let mut of_clients = of_clients.iter().filter_map(|rule| rule.first_factors.as_ref());
        let mut kinds = of_clients.next().unwrap_or(&self.first_factors).clone();
        let of_groups = of_groups.iter().filter_map(|rule| rule.first_factors.as_ref());
        of_clients.chain(of_groups).for_each(|allowed| kinds.retain(|kind| allowed.contains(kind)));
        kinds
    }

    /// What holds for a user of these groups at a client.
    ///
    /// A rule for applications alone takes the place of what the tenant says there. A rule for groups only adds to it:
    /// being in one more group never makes a sign-in weaker. Of several that fit the strictest counts.
    #[must_use]
    pub fn of(&self, groups: &[String], client: &ClientId) -> SecondFactorPolicy {
        let fitting = |rule: &&AuthenticationRule| rule.fits(groups, client);
        let (of_groups, of_clients): (Vec<_>, Vec<_>) =
            self.rules.iter().filter(fitting).partition(|rule| !rule.groups.is_empty());
        let mut policy = SecondFactorPolicy {
            rule: of_clients.iter().filter_map(|rule| rule.second_factor).max().unwrap_or(self.second_factor),
            kinds: self.second_factors.clone(),
            remember_device_days: of_clients
                .iter()
                .filter_map(|rule| rule.remember_device_days)
                .min()
                .unwrap_or(self.remember_device_days),
            enrolment_grace_days: self.enrolment_grace_days,
            passkeys: PasskeyUse::default(),
        };
        let mut restrictions = of_clients.iter().filter_map(|rule| rule.second_factors.as_ref());
        if let Some(first) = restrictions.next() {
            policy.kinds.clone_from(first);
        }
        restrictions.for_each(|kinds| policy.kinds.retain(|kind| kinds.contains(kind)));
        for rule in of_groups {
            policy.rule = policy.rule.max(rule.second_factor.unwrap_or(SecondFactorRule::Off));
            policy.remember_device_days =
                policy.remember_device_days.min(rule.remember_device_days.unwrap_or(u16::MAX));
            if let Some(kinds) = &rule.second_factors {
                policy.kinds.retain(|kind| kinds.contains(kind));
            }
        }
        policy
    }

    /// Checks the bounds of every member.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        check_first_factors(MEMBER, &self.first_factors)?;
        check_kinds(self.second_factor, &self.second_factors)?;
        if self.totp_drift_steps > MAX_DRIFT_STEPS {
            return Err(invalid(format!("totp_drift_steps must be at most {MAX_DRIFT_STEPS}")));
        }
        check_days(self.remember_device_days)?;
        if self.enrolment_grace_days > MAX_GRACE_DAYS {
            return Err(invalid(format!("enrolment_grace_days must be at most {MAX_GRACE_DAYS}")));
        }
        if self.rules.len() > MAX_RULES {
            return Err(invalid(format!("rules must be at most {MAX_RULES}")));
        }
        self.rules.iter().try_for_each(|rule| rule.validate(self))
    }
}

impl AuthenticationPolicy {
    /// Checks what the use of passkeys leaves of it: a rule that nobody can meet would lock everybody out.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn validate_beside(&self, passkeys: PasskeyUse) -> Result<(), InvalidMember> {
        self.check_rule((self.second_factor, &self.second_factors), &self.first_factors, passkeys)?;
        self.rules.iter().try_for_each(|rule| {
            let kinds = rule.second_factors.as_ref().unwrap_or(&self.second_factors);
            let second = (rule.second_factor.unwrap_or(self.second_factor), kinds);
            self.check_rule(second, rule.first_factors.as_ref().unwrap_or(&self.first_factors), passkeys)
        })
    }

    fn check_rule(
        &self,
        (rule, kinds): (SecondFactorRule, &Vec<SecondFactorKind>),
        first: &[FirstFactorKind],
        passkeys: PasskeyUse,
    ) -> Result<(), InvalidMember> {
        let can_be_set_up = |kind: &SecondFactorKind| kind.is_enrollable() && *kind != SecondFactorKind::Passkey;
        if passkeys == PasskeyUse::Off && rule == SecondFactorRule::Required && !kinds.iter().any(can_be_set_up) {
            return Err(invalid(
                "second_factor: required with passkey alone in second_factors needs passkeys; their use is off",
            ));
        }
        if passkeys != PasskeyUse::FirstFactor && first == [FirstFactorKind::Passkey] {
            return Err(invalid("first_factors: passkey alone needs passkeys with use: first_factor"));
        }
        Ok(())
    }
}

impl AuthenticationRule {
    fn fits(&self, groups: &[String], client: &ClientId) -> bool {
        let group = self.groups.is_empty() || self.groups.iter().any(|group| groups.contains(group));
        group && (self.clients.is_empty() || self.clients.contains(client))
    }

    fn validate(&self, policy: &AuthenticationPolicy) -> Result<(), InvalidMember> {
        if self.groups.len() > MAX_NAMES || self.clients.len() > MAX_NAMES {
            return Err(invalid(format!("rules: at most {MAX_NAMES} groups and {MAX_NAMES} clients each")));
        }
        self.first_factors.as_ref().map_or(Ok(()), |kinds| check_first_factors(MEMBER, kinds))?;
        let kinds = self.second_factors.as_ref().unwrap_or(&policy.second_factors);
        check_kinds(self.second_factor.unwrap_or(policy.second_factor), kinds)?;
        check_days(self.remember_device_days.unwrap_or_default())
    }
}

impl SecondFactorPolicy {
    /// Whether who has one of that kind is asked for a second factor where `enrolled` is the rule.
    ///
    /// Where a passkey takes the place of the password, making one must not take the password away: it may live on one
    /// device alone. Recovery codes only ever stand in for something else.
    #[must_use]
    pub fn enrols(&self, kind: SecondFactorKind) -> bool {
        match kind {
            SecondFactorKind::Passkey => self.passkeys == PasskeyUse::SecondFactor,
            SecondFactorKind::Totp | SecondFactorKind::Sms | SecondFactorKind::Push => true,
            SecondFactorKind::RecoveryCode | SecondFactorKind::EmailCode => false,
        }
    }

    /// What is left of it beside a first factor: the same mailbox twice is one factor. `None` is a kind that is not known.
    #[must_use]
    pub fn beside(mut self, first: Option<FirstFactorKind>) -> Self {
        if first.is_none_or(FirstFactorKind::is_by_mail) {
            self.kinds.retain(|kind| *kind != SecondFactorKind::EmailCode);
        }
        self
    }

    /// Whether a second factor is asked of a user who has one, or has none.
    #[must_use]
    pub fn asks(&self, has_one: bool) -> bool {
        match self.rule {
            SecondFactorRule::Off => false,
            SecondFactorRule::Enrolled => has_one,
            SecondFactorRule::Required => true,
        }
    }
}

impl SecondFactorKind {
    /// The kind as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::EmailCode => "email_code",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }

    /// Reads a kind as it is stored; `None` for one that this release does not know.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Passkey, Self::Totp, Self::RecoveryCode, Self::EmailCode, Self::Sms, Self::Push]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// Whether a user can set it up on the way to an application; recovery codes come along with what is set up, and an
    /// address is there or not.
    #[must_use]
    pub fn is_enrollable(self) -> bool {
        match self {
            Self::Passkey | Self::Totp | Self::Sms | Self::Push => true,
            Self::RecoveryCode | Self::EmailCode => false,
        }
    }
}

fn check_kinds(rule: SecondFactorRule, kinds: &[SecondFactorKind]) -> Result<(), InvalidMember> {
    let mut different = kinds.to_vec();
    different.sort_unstable();
    different.dedup();
    if different.len() != kinds.len() {
        return Err(invalid("second_factors must be different"));
    }
    if rule == SecondFactorRule::Required && !kinds.iter().any(|kind| kind.is_enrollable()) {
        return Err(invalid(
            "second_factor: required needs one in second_factors that people can set up: passkey, totp, sms or push",
        ));
    }
    Ok(())
}

fn check_days(days: u16) -> Result<(), InvalidMember> {
    if days <= MAX_REMEMBER_DAYS {
        return Ok(());
    }
    Err(invalid(format!("remember_device_days must be at most {MAX_REMEMBER_DAYS}")))
}

fn invalid(reason: impl Into<std::borrow::Cow<'static, str>>) -> InvalidMember {
    InvalidMember::new(MEMBER, reason)
}

fn every_kind() -> Vec<SecondFactorKind> {
    vec![SecondFactorKind::Passkey, SecondFactorKind::Totp, SecondFactorKind::RecoveryCode]
}

fn is_every_kind(kinds: &[SecondFactorKind]) -> bool {
    kinds == every_kind()
}

fn is_drift_steps(steps: &u8) -> bool {
    *steps == DRIFT_STEPS
}

fn is_thirty(days: &u16) -> bool {
    *days == 30
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str) -> ClientId {
        id.parse().expect("a client id")
    }

    fn policy(rules: Vec<AuthenticationRule>) -> AuthenticationPolicy {
        AuthenticationPolicy { rules, ..AuthenticationPolicy::default() }
    }

    #[test]
    fn without_a_rule_that_fits_the_tenants_own_policy_counts() {
        let rule = AuthenticationRule {
            groups: vec!["admins".to_owned()],
            second_factor: Some(SecondFactorRule::Required),
            ..AuthenticationRule::default()
        };
        let policy = policy(vec![rule]);
        assert_eq!(policy.of(&["staff".to_owned()], &client("app")).rule, SecondFactorRule::Enrolled);
        assert_eq!(policy.of(&["admins".to_owned()], &client("app")).rule, SecondFactorRule::Required);
    }

    #[test]
    fn of_several_rules_that_fit_the_strictest_counts() {
        let rules = vec![
            AuthenticationRule {
                second_factor: Some(SecondFactorRule::Required),
                remember_device_days: Some(7),
                ..AuthenticationRule::default()
            },
            AuthenticationRule {
                clients: vec![client("bank")],
                second_factor: Some(SecondFactorRule::Enrolled),
                second_factors: Some(vec![SecondFactorKind::Totp]),
                remember_device_days: Some(0),
                ..AuthenticationRule::default()
            },
        ];
        let policy = policy(rules);
        let bank = policy.of(&[], &client("bank"));
        assert_eq!((bank.rule, bank.remember_device_days), (SecondFactorRule::Required, 0));
        assert_eq!(bank.kinds, [SecondFactorKind::Totp]);
        let shop = policy.of(&[], &client("shop"));
        assert_eq!((shop.rule, shop.remember_device_days, shop.kinds), (SecondFactorRule::Required, 7, every_kind()));
    }

    #[test]
    fn one_more_group_never_makes_a_sign_in_weaker() {
        let rules = [SecondFactorRule::Off, SecondFactorRule::Enrolled, SecondFactorRule::Required].map(Some);
        let kinds = [None, Some(Vec::new()), Some(vec![SecondFactorKind::Totp]), Some(every_kind())];
        let groups = ["a".to_owned(), "b".to_owned()];
        let mut count = 0;
        for base in rules.into_iter().flatten() {
            for (rule, days) in rules.into_iter().chain([None]).zip([None, Some(0), Some(7), Some(365)]) {
                for kinds in &kinds {
                    let of = |group: &str, rule| AuthenticationRule {
                        groups: vec![group.to_owned()],
                        second_factor: rule,
                        second_factors: kinds.clone(),
                        remember_device_days: days,
                        ..AuthenticationRule::default()
                    };
                    let rules = vec![of("a", rule), of("b", Some(SecondFactorRule::Off))];
                    let policy = AuthenticationPolicy { second_factor: base, ..policy(rules) };
                    for end in 0..2 {
                        let fewer = policy.of(&groups[..end], &client("app"));
                        let more = policy.of(&groups[..=end], &client("app"));
                        assert!(more.rule >= fewer.rule);
                        assert!(more.remember_device_days <= fewer.remember_device_days);
                        assert!(more.kinds.iter().all(|kind| fewer.kinds.contains(kind)));
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(count, 96);
    }

    #[test]
    fn a_client_has_its_own_first_factors_and_a_group_only_fewer() {
        use FirstFactorKind::{EmailCode, MagicLink, Passkey, Password};
        let rule = |clients: &[&str], groups: &[&str], kinds: &[FirstFactorKind]| AuthenticationRule {
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            clients: clients.iter().map(|id| client(id)).collect(),
            first_factors: Some(kinds.to_vec()),
            ..AuthenticationRule::default()
        };
        let rules = vec![rule(&["shop"], &[], &[EmailCode, MagicLink]), rule(&[], &["admins"], &[Passkey, MagicLink])];
        let policy = policy(rules);
        let admins = ["admins".to_owned()];
        let cases: [(&[String], &str, &[FirstFactorKind]); 4] = [
            (&[], "app", &[Password, Passkey]),
            (&[], "shop", &[EmailCode, MagicLink]),
            (&admins, "app", &[Passkey]),
            (&admins, "shop", &[MagicLink]),
        ];
        for (groups, id, kinds) in cases {
            assert_eq!(policy.first_factors_of(groups, &client(id)), kinds, "{groups:?} {id}");
        }
    }

    #[test]
    fn what_nobody_could_fulfil_is_refused() {
        let refused = [
            AuthenticationPolicy {
                second_factor: SecondFactorRule::Required,
                second_factors: vec![SecondFactorKind::RecoveryCode],
                ..AuthenticationPolicy::default()
            },
            AuthenticationPolicy {
                second_factors: vec![SecondFactorKind::Totp, SecondFactorKind::Totp],
                ..AuthenticationPolicy::default()
            },
            AuthenticationPolicy { remember_device_days: 366, ..AuthenticationPolicy::default() },
            AuthenticationPolicy { totp_drift_steps: 3, ..AuthenticationPolicy::default() },
            AuthenticationPolicy { first_factors: Vec::new(), ..AuthenticationPolicy::default() },
            AuthenticationPolicy {
                first_factors: vec![FirstFactorKind::EmailCode, FirstFactorKind::EmailCode],
                ..AuthenticationPolicy::default()
            },
            AuthenticationPolicy { enrolment_grace_days: 91, ..AuthenticationPolicy::default() },
            policy(vec![AuthenticationRule {
                second_factor: Some(SecondFactorRule::Required),
                second_factors: Some(Vec::new()),
                ..AuthenticationRule::default()
            }]),
        ];
        for policy in refused {
            assert_eq!(policy.validate().expect_err("refused").member, MEMBER, "{policy:?}");
        }
        assert_eq!(AuthenticationPolicy::default().validate(), Ok(()));
    }

    #[test]
    fn what_nobody_could_meet_without_passkeys_is_refused() {
        let alone = AuthenticationPolicy {
            second_factor: SecondFactorRule::Required,
            second_factors: vec![SecondFactorKind::Passkey, SecondFactorKind::RecoveryCode],
            ..AuthenticationPolicy::default()
        };
        let refused = |policy: &AuthenticationPolicy, passkeys| policy.validate_beside(passkeys).is_err();
        assert!(refused(&alone, PasskeyUse::Off) && !refused(&alone, PasskeyUse::SecondFactor));
        let told = alone.validate_beside(PasskeyUse::Off).map_err(|error| error.to_string());
        assert!(told.is_err_and(|text| text.contains("their use is off")));
        let beside = AuthenticationPolicy { second_factor: SecondFactorRule::Required, ..policy(Vec::new()) };
        assert!(!refused(&beside, PasskeyUse::Off), "an authenticator can be set up");
        let rule = AuthenticationRule {
            clients: vec![client("bank")],
            second_factor: Some(SecondFactorRule::Required),
            second_factors: Some(vec![SecondFactorKind::Passkey]),
            ..AuthenticationRule::default()
        };
        assert!(refused(&policy(vec![rule]), PasskeyUse::Off), "in a rule, too");
        let first =
            AuthenticationPolicy { first_factors: vec![FirstFactorKind::Passkey], ..AuthenticationPolicy::default() };
        assert!(refused(&first, PasskeyUse::SecondFactor) && !refused(&first, PasskeyUse::FirstFactor));
    }

    #[test]
    fn what_is_the_default_is_not_written() {
        let written = serde_json::to_value(AuthenticationPolicy::default()).expect("serializes");
        assert_eq!(written, serde_json::json!({}));
    }
}
