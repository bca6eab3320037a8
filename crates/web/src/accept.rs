//! Whether an answer is for a person or for a program: `Accept`, RFC 9110 §12.5.1.

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;

/// The form of an answer that exists in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Html,
    /// A JSON object.
    Json,
}

impl Format {
    /// What the request prefers; JSON for a client that did not ask for HTML by name, as every browser does.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let mut html = 0;
        let mut json = 0;
        for value in request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok()) {
            for range in value.split(',') {
                let (name, quality) = media_range(range);
                match name.to_ascii_lowercase().as_str() {
                    "text/html" | "application/xhtml+xml" => html = html.max(quality),
                    "application/json" => json = json.max(quality),
                    _ => {}
                }
            }
        }
        if html > 0 && html >= json { Self::Html } else { Self::Json }
    }
}

/// The media type and its weight in thousandths.
fn media_range(range: &str) -> (&str, u32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (name, quality.map_or(1000, thousandths))
}

fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole != "0" {
        return if whole == "1" { 1000 } else { 0 };
    }
    format!("{fraction:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_a_client_that_names_html_gets_a_page() {
        let cases = [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Html),
            ("application/json, text/html;q=0.9", Format::Json),
            ("text/html;q=0.5, application/json;q=0.4", Format::Html),
            ("text/html;q=0", Format::Json),
            ("*/*", Format::Json),
            ("", Format::Json),
        ];
        for (accept, expected) in cases {
            let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            assert_eq!(Format::of(&request), expected, "{accept}");
        }
        assert_eq!(Format::of(&TestRequest::default().to_http_request()), Format::Json);
    }
}
