//! Phone numbers as they are dialled from everywhere: E.164.

/// A number: `+` and eight to fifteen digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads what somebody typed; `None` unless it is a whole number with the code of its country.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let number: String = typed.chars().filter(|c| !c.is_whitespace() && !"-.()/".contains(*c)).collect();
        let digits = number.strip_prefix('+')?;
        let is_number =
            (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        is_number.then_some(Self(number))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The last two digits: its owner knows it by them, and whoever has stolen the password does not learn it.
pub(crate) fn masked(number: &str) -> String {
    let last = number.len().checked_sub(2).and_then(|at| number.get(at..)).unwrap_or_default();
    format!("•••{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_written_and_nothing_else_is() {
        for typed in ["+442079460000", "+44 20 7946 0000", " +44 (20) 7946-0000 ", "+44.20/79460000"] {
            assert_eq!(PhoneNumber::parse(typed).expect("a number").as_str(), "+442079460000", "{typed}");
        }
        for typed in [
            "",
            "+",
            "020 7946 0000",
            "+0207946000",
            "+4420",
            "+4420794600001234",
            "+44207946000a",
            "++4420794600",
            "+٤٤٢٠٧٩٤٦٠٠",
        ] {
            assert_eq!(PhoneNumber::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn of_a_number_the_last_two_digits_are_shown() {
        assert_eq!(masked("+442079460012"), "•••12");
        assert_eq!(masked(""), "•••");
    }
}
