//! How the mails of a tenant look.

/// How the mails of a tenant look; what is written here was checked by who wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The address of a logo, `https`: programs that show mail load nothing else.
    pub logo_uri: Option<String>,
    /// Colours of the button.
    pub button: Option<ButtonColors>,
    /// Where a user finds help: `https` or `mailto`.
    pub support_uri: Option<String>,
    /// The language of mails to those of whom none is known, a BCP 47 tag.
    pub language: Option<String>,
}

/// Colours of the button, as `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ButtonColors {
    /// Of the button.
    pub background: String,
    /// Of the text on it.
    pub text: &'static str,
}
