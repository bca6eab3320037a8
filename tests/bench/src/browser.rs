//! A browser that signs in by the pages, as far as a form needs one.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use crate::http::{Connection, Response};
use crate::scenario::{authorize_path, expect_ok, form};

/// Of every user of the fixture.
pub const PASSWORD: &str = "bench-password-in-summer";

/// A browser without a past.
pub struct Visitor<'a> {
    connection: &'a mut Connection,
    cookies: BTreeMap<String, String>,
}

/// The form of a page.
pub struct Form {
    path: String,
    hidden: Vec<(String, String)>,
}

/// Signs in by the page's form; answers the cookies of the session.
pub async fn sign_in(port: u16) -> Result<String> {
    let mut connection = Connection::open(port).await?;
    let mut visitor = Visitor::new(&mut connection);
    let form = visitor.find_form(&authorize_path("web")).await?;
    visitor.submit_password(&form, "alice", PASSWORD).await?;
    Ok(visitor.cookie_header())
}

impl<'a> Visitor<'a> {
    pub fn new(connection: &'a mut Connection) -> Self {
        Self { connection, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Result<Response> {
        let request = self.connection.encode("GET", path, &[("Cookie", &self.cookie_header())], "");
        self.send(&request).await
    }

    /// Follows redirects to a page with a form.
    pub async fn find_form(&mut self, path: &str) -> Result<Form> {
        let mut path = path.to_owned();
        loop {
            let response = self.get(&path).await?;
            match response.header("location") {
                Some(location) => path = path_of(location)?,
                None => {
                    let page = expect_ok(response)?;
                    return Ok(Form { path, hidden: hidden_fields(&String::from_utf8_lossy(&page.body)) });
                }
            }
        }
    }

    /// Sends the sign-in form; answers where it leads.
    pub async fn submit_password(&mut self, form: &Form, login: &str, password: &str) -> Result<String> {
        let response = self.post_password(form, login, password).await?;
        ensure!(response.status == 303, "the sign-in of {login} answered {}", response.status);
        path_of(response.header("location").context("no location")?)
    }

    pub async fn post_password(&mut self, sent: &Form, login: &str, password: &str) -> Result<Response> {
        let hidden = sent.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = hidden.chain([("login", login), ("password", password)]).collect();
        let request = self.connection.encode("POST", &sent.path, &[("Cookie", &self.cookie_header())], &form(&fields));
        self.send(&request).await
    }

    async fn send(&mut self, request: &[u8]) -> Result<Response> {
        let response = self.connection.send(request).await?;
        for line in response.headers("set-cookie") {
            if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

fn path_of(location: &str) -> Result<String> {
    let base = url::Url::parse("http://localhost/")?;
    let url = base.join(location)?;
    Ok(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

fn hidden_fields(html: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    html.split("<input")
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
        .filter(|tag| tag.contains("type=\"hidden\""))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
        .collect()
}
