//! Durations as people write them: `500ms`, `30s`, `15m`, `12h`, `7d`.

use std::{fmt, str::FromStr, time::Duration};

/// A duration with a unit in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(pub Duration);

/// Text that is not a whole number followed by `ms`, `s`, `m`, `h` or `d`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number with a unit, such as 500ms, 30s, 15m, 12h or 7d")]
pub struct InvalidDuration;

/// Longest first, so that printing picks the coarsest unit that divides evenly.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl FromStr for HumanDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| InvalidDuration)?;
        let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(InvalidDuration)?;
        number.checked_mul(*milliseconds).map(|total| Self(Duration::from_millis(total))).ok_or(InvalidDuration)
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if total == 0 {
            return f.write_str("0s");
        }
        let (unit, size) = UNITS.iter().find(|(_, size)| total.is_multiple_of(*size)).unwrap_or(&("ms", 1));
        write!(f, "{}{unit}", total / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("500ms", 500)]
    #[case("30s", 30_000)]
    #[case("15m", 900_000)]
    #[case("12h", 43_200_000)]
    #[case("7d", 604_800_000)]
    #[case("0s", 0)]
    fn a_duration_survives_a_round_trip(#[case] text: &str, #[case] milliseconds: u64) {
        let parsed: HumanDuration = text.parse().unwrap();
        assert_eq!(parsed.0, Duration::from_millis(milliseconds));
        assert_eq!(parsed.to_string(), text);
    }

    #[rstest::rstest]
    fn a_duration_without_number_or_unit_is_refused(
        #[values("", "30", "s", "-1s", "1.5s", "30 s", "30S", "1w", "99999999999999999999s", "18446744073709551615d")]
        text: &str,
    ) {
        assert_eq!(text.parse::<HumanDuration>(), Err(InvalidDuration));
    }
}
