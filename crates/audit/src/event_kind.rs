//! What can happen to an account or by it. The names are a contract: they stand in the database and in exports.

use std::fmt;

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// A kind of security event, with a stable dotted name: what it is about, and what happened to that.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $kind,)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The name as it is stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// The kind of that name, if this version knows it.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)+
                    _ => None,
                }
            }
        }
    };
}

event_kinds! {
    /// A session was opened, or the browser's session of the same user goes on with a new sign-in.
    SessionStarted = "session.started",
    /// A session was made stronger by a second factor.
    SessionRaised = "session.raised",
    /// A session was ended: the user signed out, or somebody ended it.
    SessionEnded = "session.ended",
    /// Every session of a user was ended.
    SessionsEnded = "sessions.ended",
    /// A first factor was refused: the reason is in the event and nowhere else.
    SignInFailed = "sign_in.failed",
    /// Too many failures: nothing was checked any more.
    SignInThrottled = "sign_in.throttled",
    /// Everything was right, and the risk was too high.
    SignInBlocked = "sign_in.blocked",
    /// A second factor was asked for.
    SecondFactorAsked = "second_factor.asked",
    /// A second factor was refused.
    SecondFactorFailed = "second_factor.failed",
    /// Too many wrong codes of this user.
    SecondFactorThrottled = "second_factor.throttled",
    /// The user put off setting up a second factor.
    SecondFactorPutOff = "second_factor.put_off",
    /// An operator took every second factor away.
    SecondFactorsRemoved = "second_factors.removed",
    /// An account was made.
    AccountCreated = "account.created",
    /// The user asked for the account to be deleted.
    AccountDeletionRequested = "account.deletion_requested",
    /// The user wants to keep the account after all.
    AccountDeletionCanceled = "account.deletion_canceled",
    /// The account was deleted.
    AccountDeleted = "account.deleted",
    /// The user downloaded what is kept of them.
    AccountExported = "account.exported",
    /// The owner of the account said that something was not done by them.
    AccountDisowned = "account.disowned",
    /// The user accepted the terms of service.
    TermsAccepted = "terms.accepted",
    /// The user changed name, language or other parts of the profile.
    ProfileChanged = "profile.changed",
    /// A first password was set.
    PasswordSet = "password.set",
    /// The user changed the password.
    PasswordChanged = "password.changed",
    /// Somebody asked for a link to set a new password.
    PasswordResetRequested = "password.reset_requested",
    /// A new password was set by such a link.
    PasswordReset = "password.reset",
    /// The password counts no more until a new one is set by mail.
    PasswordLocked = "password.locked",
    /// The password was taken away.
    PasswordRemoved = "password.removed",
    /// An authenticator application was set up.
    TotpAdded = "totp.added",
    /// An authenticator application was removed.
    TotpRemoved = "totp.removed",
    /// A passkey was added.
    PasskeyAdded = "passkey.added",
    /// A passkey got another name.
    PasskeyRenamed = "passkey.renamed",
    /// A passkey was removed.
    PasskeyRemoved = "passkey.removed",
    /// A passkey's signature counter went back: there may be a copy of it.
    PasskeyCounterRegressed = "passkey.counter_regressed",
    /// New recovery codes took the place of those before.
    RecoveryCodesRenewed = "recovery_codes.renewed",
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery_code.used",
    /// An address was added.
    EmailAdded = "email.added",
    /// An address was proved to be the user's.
    EmailVerified = "email.verified",
    /// The address of the account was changed.
    EmailChanged = "email.changed",
    /// An address was removed.
    EmailRemoved = "email.removed",
    /// A telephone number was added.
    PhoneAdded = "phone.added",
    /// A telephone number was removed.
    PhoneRemoved = "phone.removed",
    /// A device that answers push messages was added.
    PushDeviceAdded = "push_device.added",
    /// A device that answers push messages got another name.
    PushDeviceRenamed = "push_device.renamed",
    /// A device that answers push messages was removed.
    PushDeviceRemoved = "push_device.removed",
    /// A sign-in was denied on a device, or another number was typed there than the page showed.
    PushApprovalDenied = "push_approval.denied",
    /// A browser is remembered: a second factor is not asked for in it again.
    DeviceRemembered = "device.remembered",
    /// One remembered browser was forgotten.
    DeviceForgotten = "device.forgotten",
    /// Every remembered browser was forgotten.
    DevicesForgotten = "devices.forgotten",
    /// An application was allowed something.
    ConsentGranted = "consent.granted",
    /// What an application was allowed was taken back.
    ConsentRevoked = "consent.revoked",
    /// An identity at another provider was linked.
    IdentityLinked = "identity.linked",
    /// An identity at another provider was unlinked.
    IdentityUnlinked = "identity.unlinked",
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_kind_has_a_dotted_name_of_its_own_by_which_it_is_found() {
        let mut names = HashSet::new();
        for kind in EventKind::ALL {
            let name = kind.as_str();
            assert_eq!(EventKind::parse(name), Some(*kind));
            assert!(names.insert(name), "{name}");
            let (about, what) = name.split_once('.').expect(name);
            let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(is_word(about) && is_word(what), "{name}");
        }
        assert_eq!(EventKind::parse("session.stolen"), None);
    }
}
