//! Distinguished names as text, [RFC 4514](https://www.rfc-editor.org/rfc/rfc4514).

use openssl::asn1::Asn1Object;
use openssl::x509::X509NameRef;

/// The attribute types of RFC 4514 §3, by name and object identifier.
const ATTRIBUTES: [(&str, &str); 10] = [
    ("CN", "2.5.4.3"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("C", "2.5.4.6"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("SERIALNUMBER", "2.5.4.5"),
];

/// An attribute: its type as OpenSSL names it, and its value.
type Attribute = (String, String);

/// Whether the text names exactly this subject: the same attributes in the same order, values byte for byte.
///
/// The text begins with the last attribute of the certificate (RFC 4514 §2.1). Relative names of several attributes
/// (`+`) and values in hexadecimal (`#`) match nothing.
pub(super) fn is_subject(text: &str, subject: &X509NameRef) -> bool {
    let Some(mut named) = parse(text) else { return false };
    named.reverse();
    let entries: Option<Vec<Attribute>> = subject
        .entries()
        .map(|entry| Some((entry.object().to_string(), entry.data().to_string().ok()?.to_owned())))
        .collect();
    !named.is_empty() && entries == Some(named)
}

fn parse(text: &str) -> Option<Vec<Attribute>> {
    split(text)?.into_iter().map(attribute).collect()
}

/// Splits at commas that are not escaped.
fn split(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut begin, mut escaped) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'+' | b';' | b'"' => return None,
            b',' => {
                parts.push(text.get(begin..at)?);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(begin..)?);
    Some(parts)
}

fn attribute(text: &str) -> Option<Attribute> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    let known = ATTRIBUTES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let object = Asn1Object::from_str(known.map_or(name, |(_, identifier)| identifier)).ok()?;
    Some((object.to_string(), value_of(value)?))
}

/// RFC 4514 §2.4: a backslash before a character, or before two hexadecimal digits of a byte of UTF-8.
fn value_of(text: &str) -> Option<String> {
    let text = text.trim_start_matches(' ');
    let open = text.trim_end_matches(' ');
    // A space that is escaped belongs to the value.
    let text = if open.ends_with('\\') { text.get(..=open.len())? } else { open };
    if text.starts_with('#') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let next = rest.next()?;
        bytes.push(match char::from(next).to_digit(16) {
            Some(high) => u8::try_from(high * 16 + char::from(rest.next()?).to_digit(16)?).ok()?,
            None => next,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use openssl::x509::{X509Name, X509NameBuilder};
    use proptest::prelude::*;

    use super::*;

    fn subject(attributes: &[(&str, &str)]) -> X509Name {
        let mut builder = X509NameBuilder::new().expect("a builder");
        for (name, value) in attributes {
            builder.append_entry_by_text(name, value).expect("an attribute");
        }
        builder.build()
    }

    #[test]
    fn a_text_names_the_subject_from_its_last_attribute_to_its_first() {
        let name = subject(&[("C", "CH"), ("O", "Acme, Inc."), ("CN", "Zoë #1")]);
        for text in [
            "CN=Zoë #1,O=Acme\\, Inc.,C=CH",
            "cn=Zoë #1, o=Acme\\2C Inc. , c=CH",
            "2.5.4.3=Zo\\C3\\AB \\#1,2.5.4.10=Acme\\, Inc.,2.5.4.6=CH",
        ] {
            assert!(is_subject(text, &name), "{text}");
        }
    }

    #[test]
    fn another_name_is_not_the_subject() {
        let name = subject(&[("C", "CH"), ("O", "Acme"), ("CN", "a")]);
        assert!(is_subject("CN=a,O=Acme,C=CH", &name));
        for text in [
            "",
            "CN=a",
            "O=Acme,C=CH",
            "C=CH,O=Acme,CN=a",
            "CN=a,O=Acme,C=CH,C=CH",
            "CN=A,O=Acme,C=CH",
            "CN=a,O=Acme,C=C",
            "CN=a+O=Acme,C=CH",
            "CN=a;O=Acme;C=CH",
            "CN=#61,O=Acme,C=CH",
            "CN=\"a\",O=Acme,C=CH",
            "CN=a,O=Acme,C=CH,",
            "CN,O,C",
            "CN=a\\",
            "CN=a\\4",
            "XX=a,O=Acme,C=CH",
            "CN=a\\,O=Acme,C=CH",
            "OU=a,O=Acme,C=CH",
        ] {
            assert!(!is_subject(text, &name), "{text}");
        }
        assert!(!is_subject("", &subject(&[])));
    }

    #[test]
    fn an_escaped_space_at_the_end_belongs_to_the_value() {
        assert!(is_subject("CN=a\\ ", &subject(&[("CN", "a ")])));
        assert!(!is_subject("CN=a ", &subject(&[("CN", "a ")])));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_an_escaped_value_is_read_back(text in "\\PC{0,40}", value in "[ -~]{1,20}") {
            let _ = parse(&text);
            let escaped: String = value.bytes().map(|byte| format!("\\{byte:02x}")).collect();
            let read = parse(&format!("CN={escaped},O=Acme"));
            prop_assert_eq!(read.map(|attributes| attributes[0].1.clone()), Some(value));
        }
    }
}
