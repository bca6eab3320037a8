//! A registered redirect URI and a requested one, one in each line: what matches leads to the same place.
#![no_main]

use latchkey_protocol::RedirectUri;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|text: &str| {
    let (registered, requested) = text.split_once('\n').unwrap_or((text, text));
    let Ok(uri) = RedirectUri::parse(registered) else {
        return;
    };
    assert_eq!(uri.as_str(), registered);
    assert_eq!(RedirectUri::parse(&uri.to_string()).as_ref(), Ok(&uri));
    assert!(uri.matches(registered));
    let url = Url::parse(registered).expect("checked at registration");
    assert!(!["javascript", "data", "file", "vbscript", "blob", "about"].contains(&url.scheme()), "{url}");
    if uri.matches(requested) && requested != registered {
        differs_in_the_port_of_a_loopback_address(url, requested);
    }
});

fn differs_in_the_port_of_a_loopback_address(mut registered: Url, requested: &str) {
    let mut requested = Url::parse(requested).expect("what matches is a URL");
    for url in [&mut registered, &mut requested] {
        assert_eq!(url.scheme(), "http");
        assert!(match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        });
        url.set_port(None).expect("http has ports");
    }
    assert_eq!(registered, requested);
}
