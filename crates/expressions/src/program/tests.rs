use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::FUNCTIONS;

fn variables() -> Variables {
    let groups: Vec<_> = (0..50).map(|number| format!("group-{number}")).collect();
    let given = json!({
        "user": {
            "id": "usr_1", "username": "ada", "email": "ada@example.com", "email_verified": true,
            "claims": {"name": "Ada Lovelace", "updated_at": 7, "address": {"country": "GB"}},
            "groups": groups, "roles": ["admin", "writer"], "undeclared": "left out",
        },
        "client": {"id": "app", "name": "App", "scope": ["openid", "email"]},
        "session": {"auth_time": 1_700_000_000, "acr": "pwd", "amr": ["pwd"]},
        "grant": {"type": "authorization_code", "scope": ["openid"]},
        "network": {"address": "10.1.2.3"},
        "tenant": {"id": "tnt_1", "slug": "demo"},
        "now": 1_700_003_600,
    });
    Variables::new(given.as_object().unwrap())
}

fn evaluate(text: &str) -> Json {
    Program::compile(text).unwrap_or_else(|error| panic!("{text}: {error}")).evaluate(&variables()).unwrap()
}

fn fails(text: &str) -> String {
    Program::compile(text).unwrap().evaluate(&variables()).unwrap_err().to_string()
}

fn refused(text: &str) -> CompileError {
    Program::compile(text).map(drop).unwrap_err()
}

#[test]
fn expressions_have_the_values_of_the_language() {
    for (text, value) in [
        ("1 + 2 * 3", json!(7)),
        ("\"a\" + 'b'", json!("ab")),
        ("user.email", json!("ada@example.com")),
        ("user.email.split('@')[1]", json!("example.com")),
        ("user.roles.map(r, \"role:\" + r)", json!(["role:admin", "role:writer"])),
        ("user.roles.filter(r, r.startsWith('a'))", json!(["admin"])),
        ("user.groups.exists(g, g == 'group-7')", json!(true)),
        ("user.roles.all(r, r == 'admin')", json!(false)),
        ("user.roles.exists_one(r, r == 'admin')", json!(true)),
        ("'admin' in user.roles", json!(true)),
        ("size(user.groups)", json!(50)),
        ("user.claims.nickname", json!(null)),
        ("user.claims.address.country", json!("GB")),
        ("has(user.claims.address.city)", json!(false)),
        ("{'role': user.roles, 'level': 1.5}", json!({"role": ["admin", "writer"], "level": 1.5})),
        ("now", json!(1_700_003_600)),
        ("now - session.auth_time <= duration('1h')", json!(true)),
        ("now.getHours('Europe/Berlin')", json!(0)),
        ("network.address.inNetwork('10.0.0.0/8')", json!(true)),
        ("network.address.inNetwork('192.0.2.1')", json!(false)),
        ("user.email_verified ? 'yes' : 'no'", json!("yes")),
        ("user.roles.join(' ')", json!("admin writer")),
        ("grant.resource", json!([])),
        ("requested.max_age == null", json!(true)),
        ("tenant.slug == 'demo' && !(client.id == 'other')", json!(true)),
    ] {
        assert_eq!(evaluate(text), value, "{text}");
    }
}

#[test]
fn an_error_names_line_and_column_of_its_cause() {
    for (text, line, column, message) in [
        ("user.emial", 1, 5, "no member `emial`; did you mean `email`?"),
        ("true &&\n  usr.email == ''", 2, 3, "no variable `usr`; did you mean `user`?"),
        ("'ä' == usr.email", 1, 8, "no variable `usr`; did you mean `user`?"),
        ("user.email.foo", 1, 11, "`foo` is a member of something that has none"),
        ("lower(user.email)", 1, 6, "no function `lower`"),
        ("user.email.matches('a*')", 1, 19, "there are no regular expressions"),
        ("network.address.inNetwork('10.0.0.0/99')", 1, 27, "not a network"),
        ("user.roles.map(user, user)", 1, 15, "`user` is a variable already"),
        ("Thing{a: 1}", 1, 6, "there is no type `Thing`"),
        ("", 1, 1, "an expression is missing here"),
        ("user.email ==", 1, 14, "mismatched input '<EOF>'"),
        ("user.email == 'a", 1, 15, "token recognition error"),
        ("'ä' == user.email )", 1, 19, "extraneous input ')'"),
        ("user.?email", 1, 5, "unsupported syntax"),
    ] {
        let error = refused(text);
        assert!(error.message.starts_with(message), "{text}: {error}");
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
    }
}

#[test]
fn an_evaluation_that_fails_names_the_place_and_no_value_of_the_user() {
    assert_eq!(fails("1 == 1 &&\n user.email + 1 == ''"), "line 2, column 13: no `add` of string and int");
    assert_eq!(fails("user.claims.address.city"), "line 1, column 20: no member `city`");
    assert_eq!(fails("user.roles[9]"), "line 1, column 11: no element of this index");
    assert_eq!(fails("1 / (size(user.roles) - 2)"), "line 1, column 3: division by zero");
    assert_eq!(fails("user.claims.nickname.startsWith('a')").split(": ").next(), Some("line 1, column 32"));
}

#[test]
fn an_error_does_not_tell_a_computed_name_or_the_argument_of_a_function() {
    let computed = fails("user.claims.address[user.email]");
    assert_eq!(computed.split(": ").nth(1), Some("the operation cannot be done on these values"));
    assert!(!fails("int(user.email)").contains("example.com"));
}

#[test]
fn all_evaluations_over_the_same_variables_together_are_bounded() {
    let program = Program::compile("user.groups.map(a, user.roles.filter(b, b == a).size())").unwrap();
    let shared = variables();
    let results: Vec<_> = (0..200).map(|_| program.evaluate(&shared)).collect();
    assert!(results.first().unwrap().is_ok(), "{results:?}");
    assert_eq!(results.last(), Some(&Err(EvaluationError::TooExpensive)));
}

#[test]
fn a_value_longer_than_8_kib_is_refused() {
    let text = format!("'{}'.replace('a', '{}')", "a".repeat(100), "b".repeat(90));
    assert_eq!(Program::compile(&text).unwrap().evaluate(&variables()), Err(EvaluationError::TooLarge));
}

#[test]
fn a_text_that_nests_too_deep_is_refused_before_it_is_parsed() {
    for text in [
        "(".repeat(10_000),
        "(".repeat(4_000),
        format!("{}1{}", "(".repeat(2_000), ")".repeat(2_000)),
        "[".repeat(4_000),
        "!".repeat(4_000),
        "-".repeat(4_000),
        format!("{}1", "- ".repeat(2_000)),
        format!("1{}", "+1".repeat(2_000)),
        format!("1{}", " in 1".repeat(800)),
        format!("user{}", ".a".repeat(2_000)),
        "true?true:".repeat(400),
        "[1].map(x,".repeat(400),
        "{1:".repeat(1_300),
        "a(".repeat(2_000),
    ] {
        assert!(Program::compile(&text).is_err(), "{}", &text[..20]);
    }
}

#[test]
fn long_chains_within_the_limits_neither_overflow_the_stack_nor_take_long() {
    for text in [
        format!("1{}", "+1".repeat(500)),
        format!("1{}", " in 1".repeat(590)),
        format!("{}true", "!".repeat(590)),
        format!("{}1", "-".repeat(590)),
        format!("user{}", ".a".repeat(590)),
        format!("{}true", "true?true:".repeat(290)),
        format!("{}1{}", "(".repeat(20), ")".repeat(20)),
        format!("{}1{}", "[".repeat(20), "]".repeat(20)),
        format!("{}1{}", "{1:".repeat(20), "}".repeat(20)),
        format!("true{}", "&&true".repeat(290)),
        "'a' 'b' ".repeat(140),
        "\"".repeat(590),
        "a b ".repeat(1_000),
        "?:".repeat(290),
        "<".repeat(590),
        ",[".repeat(20),
    ] {
        let started = Instant::now();
        let _either = Program::compile(&text).map(|program| program.evaluate(&variables()));
        assert!(started.elapsed() < Duration::from_millis(500), "{:?} {}", started.elapsed(), &text[..20]);
    }
}

#[test]
fn macros_nest_three_deep_and_no_deeper() {
    assert_eq!(evaluate("[1].map(a, [2].map(b, [3].map(c, a + b + c)))"), json!([[[6]]]));
    let error = refused("[1].map(a, [2].map(b, [3].map(c, [4].map(d, a))))");
    assert_eq!(error.message, "macros nest deeper than 3");
}

/// The longest of what is let through, each built to do the most work within the budget.
fn adversarial() -> Vec<String> {
    let sum = |name: &str, times: usize| vec![name; times].join("+");
    let mut texts = vec![
        format!("[{}].map(a, [{}].map(b, [{}].map(c, 1)))", ones(100), ones(100), ones(100)),
        format!(
            "['{}'].map(a, [{}].map(b, [{}].map(c, {})))",
            "x".repeat(800),
            sum("a", 90),
            sum("b", 90),
            sum("c", 90)
        ),
        "user.groups.map(a, user.groups.map(b, user.groups.map(c, a + b + c)))".to_owned(),
        "user.groups.exists(a, user.groups.exists(b, user.groups.exists(c, a == b + c)))".to_owned(),
        format!("'{0}'.replace('', '{0}').replace('', '{0}')", "x".repeat(1_000)),
        format!("'{}'.split('').map(a, '{}'.split('').map(b, a + b))", "x".repeat(1_000), "y".repeat(1_000)),
        format!("'{}b'.indexOf('{}')", "a".repeat(2_000), "a".repeat(1_000)),
    ];
    // The same shapes at every size, so that some stand just below the budget.
    for size in (1..60).map(|step| step * 5) {
        texts.push(format!("[{}].map(a, [{}].map(b, a + b))", ones(size), ones(size)));
        texts.push(format!("[{}].exists(a, [{}].exists(b, a + b == 5))", ones(size), ones(size)));
        texts.push(format!("[{0}].map(a, [{0}].map(b, [{0}].map(c, [a, b, c])))", ones(size / 5)));
        texts.push(format!("user.groups.map(a, [{}].map(b, a + '{}'))", ones(size), "z".repeat(size)));
        texts.push(format!("'{}'.split('').map(a, [a, a, a])", "x".repeat(size * 10)));
        texts.push(format!("'{}'.replace('x', '{}').split('')", "x".repeat(size), "y".repeat(size)));
        texts.push(format!("'{}b'.indexOf('{}b')", "a".repeat(size * 8), "a".repeat(size * 4)));
        texts.push(format!("[{}]", vec!["user.groups"; size].join(",")));
        texts.push(format!("[{}].all(a, user.groups.all(b, a.nothing || b.nothing))", ones(size)));
        texts.push(format!("[{}].all(a, [user, user, user] == [user, user, user])", ones(size)));
    }
    texts
}

fn ones(count: usize) -> String {
    vec!["1"; count].join(",")
}

#[test]
fn no_expression_that_is_let_through_takes_longer_than_5_ms() {
    let mut ran = 0;
    for text in adversarial() {
        let Ok(program) = Program::compile(&text) else { continue };
        // The shortest of a few runs: a busy machine only ever makes one longer.
        let shortest = (0..8)
            .map(|_| {
                let variables = variables();
                let started = Instant::now();
                let result = program.evaluate(&variables);
                (started.elapsed(), result != Err(EvaluationError::TooExpensive))
            })
            .min()
            .unwrap();
        ran += usize::from(shortest.1);
        assert!(shortest.0 < Duration::from_millis(5), "{shortest:?} for {text}");
    }
    assert!(ran > 100, "the shapes stand on both sides of the budget: {ran} ran");
    assert!(adversarial().len() > ran + 50);
}

#[test]
fn every_function_of_the_list_can_be_called_or_is_a_macro() {
    let macros = ["all", "exists", "existsOne", "exists_one", "filter", "map", "has"];
    for name in FUNCTIONS.iter().filter(|name| !macros.contains(name)) {
        // No overload takes these arguments; one that does not exist at all would be undeclared.
        let undeclared = format!("no `{name}`");
        let is_declared = |text: String| !fails(&text).contains(&undeclared);
        assert!(
            is_declared(format!("{name}({{}}, {{}}, {{}}, {{}})"))
                || is_declared(format!("{{}}.{name}({{}}, {{}}, {{}})")),
            "{name}"
        );
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _either = Program::compile(&text).map(|program| program.evaluate(&variables()));
    }

    #[test]
    fn no_text_made_of_the_language_panics(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "user", ".", "email", "groups", "(", ")", "[", "]", "{", "}", ",", ":", "?", "+", "-", "*", "/", "%", "&&",
                "||", "!", "==", "<", ">", "in", "'a'", "\"", "'", "1", "0", "9223372036854775807", "1.5", "1u", "null", "true", "now", "session",
                "auth_time", "map", "exists", "x", "has", "size", "split", "duration", "timestamp", "string", "int", "substring",
                "getHours", "b'\\xff'", "r'", "\\", "//", "\n", "`", "@result", "charAt", "double", "uint", "'9999-12-31T23:59:59Z'", "'1000000h'",
            ]),
            0..40,
        ),
        spaced in any::<bool>(),
    ) {
        let text = words.join(if spaced { " " } else { "" });
        let _either = Program::compile(&text).map(|program| program.evaluate(&variables()));
    }
}
