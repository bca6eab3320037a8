//! Label values: closed sets, so that no request can make a new series.

/// How an attempt to sign in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// The user is signed in.
    Success,
    /// The password is right, and a second factor is asked for.
    SecondFactorAsked,
    /// Every factor was passed, and something is to be done before there is a session.
    ActionRequired,
    /// The second factor is wrong.
    WrongSecondFactor,
    /// The name or the password is wrong, or the user may not sign in; which of them is not told apart.
    WrongCredentials,
    /// There were too many attempts.
    Throttled,
    /// Latchkey itself failed.
    Error,
}

impl SignInOutcome {
    pub(crate) const ALL: [Self; 7] = [
        Self::Success,
        Self::SecondFactorAsked,
        Self::ActionRequired,
        Self::WrongSecondFactor,
        Self::WrongCredentials,
        Self::Throttled,
        Self::Error,
    ];

    /// The value of the label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::SecondFactorAsked => "second_factor_asked",
            Self::ActionRequired => "action_required",
            Self::WrongSecondFactor => "wrong_second_factor",
            Self::WrongCredentials => "wrong_credentials",
            Self::Throttled => "throttled",
            Self::Error => "error",
        }
    }
}

/// What the user answered on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentDecision {
    /// Allow.
    Allowed,
    /// Cancel.
    Denied,
}

impl ConsentDecision {
    pub(crate) const ALL: [Self; 2] = [Self::Allowed, Self::Denied];

    /// The value of the label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }
}

// HTTP lets a client invent methods: all that are not known count as one.
pub(crate) fn method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

/// The three digits of a status, without allocating.
pub(crate) fn status(status: u16, digits: &mut [u8; 3]) -> &str {
    let mut rest = status;
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
        rest /= 10;
    }
    str::from_utf8(digits).unwrap_or("other")
}
