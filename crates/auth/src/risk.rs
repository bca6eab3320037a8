//! How risky a sign-in looks: a pure function of what is known of it, so that the same signals always get the same score.
//!
//! What somebody can do to another's account from afar, failing to sign in, weighs so little that it alone changes nothing.

use serde_json::{Value, json};

const MOST: u32 = 100;
/// Faster than people travel, in km/h.
const FASTEST: f64 = 900.0;
/// Below this nobody needs to have travelled: addresses are placed only so well.
const NEAR_KM: f64 = 100.0;
/// One slip is nobody's attack.
const SLIPS: u64 = 3;

/// Why a sign-in looks risky.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RiskReason {
    /// The user never signed in with this browser.
    NewDevice,
    /// The user never signed in from this network.
    NewNetwork,
    /// The user would have had to travel faster than people do since the last sign-in.
    ImpossibleTravel,
    /// Several sign-ins of the account failed lately.
    RecentFailures,
    /// The password is known from a breach.
    BreachedPassword,
}

impl RiskReason {
    /// The name by which it stands in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::NewNetwork => "new_network",
            Self::ImpossibleTravel => "impossible_travel",
            Self::RecentFailures => "recent_failures",
            Self::BreachedPassword => "breached_password",
        }
    }

    fn weight(self) -> u32 {
        match self {
            Self::NewDevice => 30,
            Self::NewNetwork => 15,
            Self::ImpossibleTravel => 50,
            Self::RecentFailures => 10,
            Self::BreachedPassword => 40,
        }
    }
}

/// What is known of a sign-in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Signals {
    pub(crate) new_device: bool,
    pub(crate) new_network: bool,
    /// How often a sign-in of the account failed within the last hour.
    pub(crate) recent_failures: u64,
    /// The way from the last sign-in, where both places are known.
    pub(crate) travel: Option<Travel>,
    pub(crate) breached_password: bool,
}

/// A way between two sign-ins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Travel {
    /// Between the nearest points where the two may have been, in kilometres.
    pub(crate) distance_km: f64,
    pub(crate) hours: f64,
}

/// A score between 0 and 100, and the reasons for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    score: u8,
    reasons: Vec<RiskReason>,
}

impl Travel {
    fn is_impossible(self) -> bool {
        self.distance_km > NEAR_KM && self.distance_km > FASTEST * self.hours.max(0.0)
    }
}

impl Risk {
    /// Judges a sign-in.
    pub(crate) fn of(signals: &Signals) -> Self {
        let found = [
            (signals.new_device, RiskReason::NewDevice),
            (signals.new_network, RiskReason::NewNetwork),
            (signals.travel.is_some_and(Travel::is_impossible), RiskReason::ImpossibleTravel),
            (signals.recent_failures >= SLIPS, RiskReason::RecentFailures),
            (signals.breached_password, RiskReason::BreachedPassword),
        ];
        let reasons: Vec<_> = found.into_iter().filter(|(applies, _)| *applies).map(|(_, reason)| reason).collect();
        let sum: u32 = reasons.iter().map(|reason| reason.weight()).sum();
        Self { score: u8::try_from(sum.min(MOST)).unwrap_or(u8::MAX), reasons }
    }

    /// The score; 0 when nothing is unusual.
    #[must_use]
    pub fn score(&self) -> u8 {
        self.score
    }

    /// The reasons, in a fixed order.
    #[must_use]
    pub fn reasons(&self) -> &[RiskReason] {
        &self.reasons
    }

    /// Whether it is about where the sign-in comes from: of nothing else the notice of a new sign-in speaks.
    pub(crate) fn is_of_place(&self) -> bool {
        let of_place = [RiskReason::NewDevice, RiskReason::NewNetwork, RiskReason::ImpossibleTravel];
        self.reasons.iter().any(|reason| of_place.contains(reason))
    }

    /// As it stands in the details of an event.
    pub(crate) fn to_details(&self) -> Value {
        let reasons: Vec<_> = self.reasons.iter().map(|reason| reason.as_str()).collect();
        json!({ "score": self.score, "reasons": reasons })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travel(distance_km: f64, hours: f64) -> Signals {
        Signals { travel: Some(Travel { distance_km, hours }), ..Signals::default() }
    }

    #[test]
    fn each_signal_has_its_weight_and_its_name() {
        let none = Signals::default();
        let cases = [
            (none.clone(), 0, vec![]),
            (Signals { new_device: true, ..none.clone() }, 30, vec!["new_device"]),
            (Signals { new_network: true, ..none.clone() }, 15, vec!["new_network"]),
            (Signals { recent_failures: 2, ..none.clone() }, 0, vec![]),
            (Signals { recent_failures: 3, ..none.clone() }, 10, vec!["recent_failures"]),
            (Signals { breached_password: true, ..none.clone() }, 40, vec!["breached_password"]),
            (travel(1_000.0, 1.0), 50, vec!["impossible_travel"]),
            (Signals { new_device: true, new_network: true, ..none }, 45, vec!["new_device", "new_network"]),
        ];
        for (signals, score, reasons) in cases {
            let risk = Risk::of(&signals);
            let names: Vec<_> = risk.reasons().iter().map(|reason| reason.as_str()).collect();
            assert_eq!((risk.score(), names), (score, reasons), "{signals:?}");
        }
    }

    #[test]
    fn everything_together_is_a_hundred_and_no_more() {
        let all = Signals {
            new_device: true,
            new_network: true,
            recent_failures: u64::MAX,
            breached_password: true,
            ..travel(20_000.0, 0.0)
        };
        assert_eq!((Risk::of(&all).score(), Risk::of(&all).reasons().len()), (100, 5));
    }

    #[test]
    fn a_flight_is_possible_and_what_is_faster_is_not() {
        for (distance_km, hours, impossible) in [
            (5_500.0, 7.0, false),
            (5_500.0, 6.0, true),
            (99.0, 0.0, false),
            (101.0, 0.0, true),
            (101.0, -1.0, true),
            (0.0, 0.0, false),
        ] {
            let risk = Risk::of(&travel(distance_km, hours));
            assert_eq!(risk.score() > 0, impossible, "{distance_km} km in {hours} h");
        }
    }

    #[test]
    fn failures_that_anybody_can_cause_do_not_reach_what_is_told_by_default() {
        let failures = Signals { recent_failures: 1_000, new_network: true, ..Signals::default() };
        assert!(!latchkey_tenants::RiskPolicy::default().notifies(Risk::of(&failures).score()));
    }
}
