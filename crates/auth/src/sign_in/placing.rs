//! Where addresses are, for whoever shows them.

use super::SignIn;
use crate::Places;

impl SignIn {
    /// Knows where addresses are.
    #[must_use]
    pub fn placing(self, places: Places) -> Self {
        Self { security: self.security.placing(places.clone()), places, ..self }
    }

    /// The city and the country of an address as it is stored, in that language as far as there are names.
    #[must_use]
    pub fn place_of(&self, address: &str, language: &str) -> Option<String> {
        self.places.find_text(address)?.named(language)
    }

    /// Where addresses are.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.places
    }
}
