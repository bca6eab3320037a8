//! Every metric is rendered, and its name follows the Prometheus conventions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;

/// Metrics of which each was used once.
fn used() -> Metrics {
    let metrics = Metrics::new().expect("no name stands twice");
    metrics.observe_http("/t/{tenant}/oauth2/token", "POST", 200, Duration::from_millis(3));
    metrics.sign_in(SignInOutcome::Success);
    metrics.tokens_issued("authorization_code");
    metrics.oauth_error("token", "invalid_grant");
    metrics.refresh_token_reused();
    metrics.session_started();
    metrics.consent(ConsentDecision::Allowed);
    metrics.throttled("account");
    metrics.signing_key_generated();
    metrics.observe_password_hash(Duration::from_millis(40));
    metrics.set_db_connections(7, 3);
    metrics.cache_error();
    metrics.set_build_info("0.1.0");
    metrics
}

/// Name -> (help, type).
fn described(text: &str) -> BTreeMap<&str, (&str, &str)> {
    let rows = |keyword: &'static str| {
        text.lines().filter_map(move |line| line.strip_prefix(keyword)).filter_map(|line| line.split_once(' '))
    };
    let types: BTreeMap<&str, &str> = rows("# TYPE ").collect();
    rows("# HELP ").map(|(name, help)| (name, (help, types[name]))).collect()
}

#[test]
fn every_metric_is_named_and_described_by_the_conventions() {
    let text = used().render();
    let described = described(&text);
    let own = described.keys().filter(|name| name.starts_with("latchkey_")).count();
    assert_eq!(own, 15, "a new metric is used in `used()` and counted here: {text}");
    for (name, (help, kind)) in described {
        assert!(name.starts_with("latchkey_") || name.starts_with("process_"), "{name}");
        assert!(!help.trim().is_empty(), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name} is a {kind}");
        assert_eq!(name.ends_with("_duration_seconds"), kind == "histogram", "{name} is a {kind}");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
    }
}

#[test]
fn each_method_moves_its_own_series() {
    let text = used().render();
    for line in [
        r#"latchkey_http_requests_total{endpoint="/t/{tenant}/oauth2/token",method="POST",status="200"} 1"#,
        r#"latchkey_http_request_duration_seconds_bucket{endpoint="/t/{tenant}/oauth2/token",le="0.0025"} 0"#,
        r#"latchkey_http_request_duration_seconds_bucket{endpoint="/t/{tenant}/oauth2/token",le="0.25"} 1"#,
        r#"latchkey_sign_ins_total{outcome="success"} 1"#,
        r#"latchkey_sign_ins_total{outcome="wrong_credentials"} 0"#,
        r#"latchkey_tokens_issued_total{grant_type="authorization_code"} 1"#,
        r#"latchkey_oauth_errors_total{endpoint="token",error="invalid_grant"} 1"#,
        "latchkey_refresh_token_reuse_total 1",
        "latchkey_sessions_started_total 1",
        r#"latchkey_consents_total{decision="allowed"} 1"#,
        r#"latchkey_consents_total{decision="denied"} 0"#,
        r#"latchkey_throttled_total{rule="account"} 1"#,
        "latchkey_signing_keys_generated_total 1",
        "latchkey_password_hash_duration_seconds_count 1",
        r#"latchkey_db_pool_connections{state="idle"} 7"#,
        r#"latchkey_db_pool_connections{state="in_use"} 3"#,
        "latchkey_cache_errors_total 1",
        r#"latchkey_build_info{version="0.1.0"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn an_invented_method_makes_no_series_of_its_own() {
    let metrics = used();
    metrics.observe_http("/health/live", "BREW", 405, Duration::ZERO);
    metrics.observe_http("/health/live", "KETTLE", 405, Duration::ZERO);
    let line = r#"latchkey_http_requests_total{endpoint="/health/live",method="other",status="405"} 2"#;
    assert!(metrics.render().lines().any(|found| found == line));
}

#[test]
fn a_hash_waits_until_its_turn_comes() {
    let metrics = used();
    let waits = |count: &str| metrics.render().contains(&format!("\nlatchkey_password_hashes_waiting {count}\n"));
    let waiting = [metrics.password_hash_waits(), metrics.password_hash_waits()];
    assert!(waits("2"));
    drop(waiting);
    assert!(waits("0"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_itself_is_measured() {
    let text = used().render();
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"] {
        assert!(text.contains(&format!("\n{name} ")), "{name} is missing in\n{text}");
    }
}

/// `promtool` is what operators lint with; where it is installed it must have nothing to say.
#[test]
fn promtool_has_nothing_to_say() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let mut command = Command::new("promtool");
    let command =
        command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut promtool) = command.spawn() else { return };
    promtool.stdin.take().expect("piped").write_all(used().render().as_bytes()).expect("is read");
    let output = promtool.wait_with_output().expect("ends");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}
