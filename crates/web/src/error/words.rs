//! The texts of error answers: English for programs, a message for people.

use latchkey_language::Words;

/// What a person or a program is told. Constant for errors of ours: a cause could hold a secret.
#[derive(Clone, Copy)]
pub(super) struct Texts {
    /// The `error` of the JSON.
    pub(super) code: &'static str,
    /// The `error_description` of the JSON.
    pub(super) description: &'static str,
    title: &'static str,
    message: &'static str,
    what_to_do: &'static str,
}

impl Texts {
    /// The same for people, with more to say to programs.
    pub(super) fn described(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    pub(super) fn title(&self) -> Words {
        self.title.into()
    }

    pub(super) fn message(&self) -> Words {
        self.message.into()
    }

    pub(super) fn what_to_do(&self) -> Words {
        self.what_to_do.into()
    }
}

pub(super) const BAD_HOST: Texts = Texts {
    code: "invalid_request",
    description: "The request does not name one valid host.",
    title: "error-bad-host-title",
    message: "error-bad-host-message",
    what_to_do: "error-bad-host-what",
};

pub(super) const AMBIGUOUS_TENANT: Texts = Texts {
    code: "invalid_request",
    description: "This address names two different places at once.",
    title: "error-ambiguous-tenant-title",
    message: "error-ambiguous-tenant-message",
    what_to_do: "error-ambiguous-tenant-what",
};

pub(super) const UNKNOWN_TENANT: Texts = Texts {
    code: "not_found",
    description: "There is no organization at this address.",
    title: "error-unknown-tenant-title",
    message: "error-unknown-tenant-message",
    what_to_do: "error-unknown-tenant-what",
};

pub(super) const NOT_FOUND: Texts = Texts {
    code: "not_found",
    description: "There is nothing at this address.",
    title: "error-not-found-title",
    message: "error-not-found-message",
    what_to_do: "error-not-found-what",
};

pub(super) const TENANT_SUSPENDED: Texts = Texts {
    code: "access_denied",
    description: "This organization has been suspended, so nobody can sign in through it at present.",
    title: "error-tenant-suspended-title",
    message: "error-tenant-suspended-message",
    what_to_do: "error-tenant-suspended-what",
};

pub(super) const METHOD_NOT_ALLOWED: Texts = Texts {
    code: "invalid_request",
    description: "This address cannot be used in this way.",
    title: "error-method-not-allowed-title",
    message: "error-method-not-allowed-message",
    what_to_do: "error-start-again",
};

pub(super) const REQUEST_TIMEOUT: Texts = Texts {
    code: "invalid_request",
    description: "The request took too long to arrive.",
    title: "error-request-timeout-title",
    message: "error-request-timeout-message",
    what_to_do: "error-request-timeout-what",
};

pub(super) const PAYLOAD_TOO_LARGE: Texts = Texts {
    code: "invalid_request",
    description: "The request is larger than what is accepted here.",
    title: "error-payload-too-large-title",
    message: "error-payload-too-large-message",
    what_to_do: "error-payload-too-large-what",
};

pub(super) const UNSUPPORTED_MEDIA_TYPE: Texts = Texts {
    code: "invalid_request",
    description: "The request is not in a format that is read here.",
    title: "error-unsupported-media-type-title",
    message: "error-unsupported-media-type-message",
    what_to_do: "error-unsupported-media-type-what",
};

pub(super) const BAD_REQUEST: Texts = Texts {
    code: "invalid_request",
    description: "The request is malformed.",
    title: "error-bad-request-title",
    message: "error-bad-request-message",
    what_to_do: "error-start-again",
};

pub(super) const CROSS_SITE: Texts = Texts {
    code: "access_denied",
    description: "It did not come from the page that we showed you, or cookies are blocked in this browser.",
    title: "error-cross-site-title",
    message: "error-cross-site-message",
    what_to_do: "error-cross-site-what",
};

pub(super) const NO_COOKIE: Texts = Texts {
    code: "invalid_request",
    description: "This browser sent no cookie.",
    title: "error-no-cookie-title",
    message: "error-no-cookie-message",
    what_to_do: "error-no-cookie-what",
};

pub(super) const EXPIRED: Texts = Texts {
    code: "invalid_request",
    description: "What you were doing was started too long ago, has been finished already, or was started in another browser.",
    title: "error-expired-title",
    message: "error-expired-message",
    what_to_do: "error-start-again",
};

pub(super) const TOO_MANY_REQUESTS: Texts = Texts {
    code: "temporarily_unavailable",
    description: "More requests came from your network within a short time than are answered here.",
    title: "error-too-many-requests-title",
    message: "error-too-many-requests-message",
    what_to_do: "error-too-many-requests-what",
};

pub(super) const UNAVAILABLE: Texts = Texts {
    code: "temporarily_unavailable",
    description: "A part of this service is not available right now.",
    title: "error-unavailable-title",
    message: "error-unavailable-message",
    what_to_do: "error-unavailable-what",
};

pub(super) const INTERNAL: Texts = Texts {
    code: "server_error",
    description: "The error is on our side and has been recorded.",
    title: "error-internal-title",
    message: "error-internal-message",
    what_to_do: "error-internal-what",
};
