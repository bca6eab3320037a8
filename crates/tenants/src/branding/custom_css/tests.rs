use proptest::prelude::*;

use super::CustomCss;

fn sanitised(text: &str) -> Result<String, String> {
    CustomCss::new(text).sanitised().map_err(|error| error.to_string())
}

#[test]
fn rules_of_shape_and_type_are_written_anew_below_the_shell() {
    let css = "/* ours */ .card , .button:hover { BORDER-RADIUS: 0 4PX; font-weight: 700 }\n\
               @media (prefers-color-scheme: dark) and (min-width: 40rem) { h1, main > .lead { color: #FFF; background-color: #123456; } }";
    assert_eq!(
        sanitised(css).expect("is allowed"),
        ".shell .card,.shell .button:hover{border-radius:0px 4px;font-weight:700;}\
         @media (prefers-color-scheme:dark) and (min-width:40rem){.shell h1,.shell main > .lead{color:#ffffff;background-color:#123456;}}"
    );
}

#[test]
fn what_could_hide_load_speak_or_escape_is_refused_with_its_place() {
    for (css, reason) in [
        (".card{position:fixed}", "line 1"),
        (".card{\n  display:none}", "line 2, column 10: `display` is not among"),
        (".card{background-image:url(https://evil.example/)}", "not among"),
        (".card{content:'Your bank'}", "not among"),
        ("@import 'https://evil.example/a.css';", "only @media"),
        ("@font-face{font-family:x;src:url(x)}", "only @media"),
        ("@media print{.card{padding:0}}", "@media takes"),
        ("@media (min-width:1px){@media (min-width:1px){.card{padding:0}}}", "not within another"),
        ("input[value^=a]{padding:0}", "a selector names"),
        (".card::before{padding:0}", "a selector names"),
        (".card:has(a){padding:0}", "a selector names"),
        ("*{padding:0}", "a selector names"),
        (".alert{padding:0}", "a selector names"),
        ("#alert{padding:0}", "a selector names"),
        ("{padding:0}", "a selector names"),
        (".card,{padding:0}", "a selector names"),
        (".card >{padding:0}", "a selector names"),
        (".card", "a selector names"),
        (".card{padding:-1px}", "0px to 64px"),
        (".card{padding:1e9px}", "0px to 64px"),
        (".card{padding:calc(1px)}", "px or rem"),
        (".card{padding:1px 1px 1px 1px 1px}", "more than it can take"),
        (".card{padding:1px !important}", "px or rem"),
        (".card{padding}", "expected a colon"),
        (".card{{}}", "expected a property"),
        ("h1{font-size:1px}", "12px to 64px"),
        ("h1{font-size:var(--x)}", "px or rem"),
        ("h1{color:#000}", "sets both"),
        ("h1{color:#777;background-color:#888}", "has a contrast of 1."),
        ("h1{color:transparent;background-color:#fff}", "a colour is written"),
        (".card{color:#000;background-color:#fff}", "lines of text only"),
        ("h1,.card{color:#000;background-color:#fff}", "lines of text only"),
        ("</style><script>alert(1)</script>", "a selector names"),
        (".card{padding:0}}", "a selector names"),
        ("<!-- .card{padding:0} -->", "a selector names"),
    ] {
        let error = sanitised(css).expect_err(css);
        assert!(error.contains(reason), "{css}: {error}");
    }
    assert!(sanitised(&" ".repeat(16 * 1024 + 1)).is_err());
    assert!(sanitised(&".card{}".repeat(201)).is_err());
    assert_eq!(sanitised(&".card{}".repeat(200)).expect("is allowed").len(), 200 * ".shell .card{}".len());
}

/// Pieces of which attacks are made, and pieces that are allowed, so that random text gets past the first token.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        ".card",
        "h1",
        "{",
        "}",
        "padding",
        ":",
        ";",
        "0",
        "4px",
        ",",
        ">",
        " ",
        "color:#000;background-color:#fff",
        "@media ",
        "(min-width:1px)",
        " and ",
        "(",
        ")",
        "</style>",
        "<!--",
        "-->",
        "<script>",
        "\\",
        "\\3c /style\\3e",
        "\"",
        "'",
        "url(x)",
        "/*",
        "*/",
        "expression(",
        "\0",
        "\u{feff}",
        "é",
        "@import",
        "!important",
        "&lt;",
        "border-style",
        "solid",
        "#",
        "e",
    ];
    prop_oneof![4 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_accepted_can_leave_the_style_element(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        for text in [text.clone(), format!(".card{{{text}}}"), format!(".card{{padding:{text}}}"), format!("{text}{{padding:0}}")] {
            if let Ok(css) = sanitised(&text) {
                prop_assert!(css.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b" .:;,#(){}>@-".contains(&b)), "{css}");
                prop_assert!(!css.contains("url") && !css.contains("</"), "{css}");
                prop_assert_eq!(css.matches('{').count(), css.matches('}').count());
                prop_assert!(css.split(['}', '{', ',']).filter(|part| part.contains(".card")).all(|part| part.starts_with(".shell ")), "{css}");
                // What was written anew is allowed and stays as it is, but for the class that we put ahead.
                prop_assert_eq!(sanitised(&css.replace(".shell ", "")), Ok(css));
            }
        }
    }
}
