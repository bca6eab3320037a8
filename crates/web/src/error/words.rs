//! The texts of error answers.

/// What a person or a program is told. Constant for errors of ours: a cause could hold a secret.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// The `error` of the JSON.
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) message: &'static str,
    pub(super) what_to_do: &'static str,
}

pub(super) const BAD_HOST: Words = Words {
    code: "invalid_request",
    title: "Unclear address",
    message: "The request does not name one valid host.",
    what_to_do: "Check the address and try again.",
};

pub(super) const AMBIGUOUS_TENANT: Words = Words {
    code: "invalid_request",
    title: "Unclear address",
    message: "This address names two different places at once.",
    what_to_do: "Use either the address of this host or the one with /t/ in its path.",
};

pub(super) const UNKNOWN_TENANT: Words = Words {
    code: "not_found",
    title: "Nothing here",
    message: "There is no organization at this address.",
    what_to_do: "Check the address, or go back to the application that you came from.",
};

pub(super) const NOT_FOUND: Words = Words {
    code: "not_found",
    title: "Page not found",
    message: "There is nothing at this address.",
    what_to_do: "Check the address, or go back to the application that you came from.",
};

pub(super) const TENANT_SUSPENDED: Words = Words {
    code: "access_denied",
    title: "Sign-in is suspended",
    message: "This organization has been suspended, so nobody can sign in through it at present.",
    what_to_do: "Contact the organization that you want to sign in to.",
};

pub(super) const METHOD_NOT_ALLOWED: Words = Words {
    code: "invalid_request",
    title: "This does not work here",
    message: "This address cannot be used in this way.",
    what_to_do: "Go back to the application that you came from and start again.",
};

pub(super) const REQUEST_TIMEOUT: Words = Words {
    code: "invalid_request",
    title: "Too slow",
    message: "The request took too long to arrive.",
    what_to_do: "Check your connection and try again.",
};

pub(super) const PAYLOAD_TOO_LARGE: Words = Words {
    code: "invalid_request",
    title: "Too much at once",
    message: "The request is larger than what is accepted here.",
    what_to_do: "Go back and send less.",
};

pub(super) const UNSUPPORTED_MEDIA_TYPE: Words = Words {
    code: "invalid_request",
    title: "Unexpected format",
    message: "The request is not in a format that is read here.",
    what_to_do: "Forms are sent as application/x-www-form-urlencoded.",
};

pub(super) const BAD_REQUEST: Words = Words {
    code: "invalid_request",
    title: "That request is not valid",
    message: "The request is malformed.",
    what_to_do: "Go back to the application that you came from and start again.",
};

pub(super) const CROSS_SITE: Words = Words {
    code: "access_denied",
    title: "This form could not be accepted",
    message: "It did not come from the page that we showed you, or cookies are blocked in this browser.",
    what_to_do: "Allow cookies for this site, go back to the application that you came from and start again.",
};

pub(super) const NO_COOKIE: Words = Words {
    code: "invalid_request",
    title: "This browser sent no cookie",
    message: "Signing in needs a cookie that tells your browser from others, and it did not come back. Cookies are \
              blocked for this site, or this page was begun in another browser or window.",
    what_to_do: "Allow cookies for this site in the settings of the browser, or leave its private mode; then go back to \
                 the application that you came from and start again.",
};

pub(super) const EXPIRED: Words = Words {
    code: "invalid_request",
    title: "This page has expired",
    message: "What you were doing was started too long ago, has been finished already, or was started in another browser.",
    what_to_do: "Go back to the application that you came from and start again.",
};

pub(super) const TOO_MANY_REQUESTS: Words = Words {
    code: "temporarily_unavailable",
    title: "Too many requests",
    message: "More requests came from your network within a short time than are answered here.",
    what_to_do: "Wait a few minutes, then go back to the application that you came from and start again.",
};

pub(super) const UNAVAILABLE: Words = Words {
    code: "temporarily_unavailable",
    title: "Back in a moment",
    message: "A part of this service is not available right now.",
    what_to_do: "Wait a few seconds and try again.",
};

pub(super) const INTERNAL: Words = Words {
    code: "server_error",
    title: "Something went wrong",
    message: "The error is on our side and has been recorded.",
    what_to_do: "Try again. If it keeps happening, tell support the error id below.",
};
