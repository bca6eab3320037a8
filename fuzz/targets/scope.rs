//! Two scopes, one in each line: they are read back as printed, and the set operations keep their laws.
#![no_main]

use latchkey_protocol::Scope;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (left, right) = text.split_once('\n').unwrap_or((text, ""));
    let (Some(left), Some(right)) = (Scope::parse(left), Scope::parse(right)) else {
        return;
    };
    assert_eq!(Scope::parse(&left.to_string()).as_ref(), Some(&left));
    let json = serde_json::to_value(&left).expect("serializes");
    assert_eq!(serde_json::from_value::<Scope>(json).ok().as_ref(), Some(&left));

    let (both, either, rest) = (left.intersection(&right), left.union(&right), left.difference(&right));
    assert!(both.is_subset(&left) && both.is_subset(&right));
    assert!(left.is_subset(&either) && right.is_subset(&either));
    assert!(rest.intersection(&right).is_empty());
    assert_eq!(rest.union(&both), left);
    assert!(left.iter().all(|token| left.contains(token) && !token.is_empty() && !token.contains(' ')));
});
