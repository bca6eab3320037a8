//! A browser that signs in by the pages, as far as a form needs one.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use crate::http::{Connection, Response};
use crate::passkey_device::PasskeyDevice;
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
    passkey: Option<PasskeyForm>,
}

/// The form of a page that takes the answer of a device.
struct PasskeyForm {
    path: String,
    hidden: Vec<(String, String)>,
    options: String,
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
                    let html = String::from_utf8_lossy(&page.body);
                    return Ok(Form { path, hidden: hidden_fields(&html), passkey: passkey_form(&html) });
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
        self.post(&sent.path, &fields).await
    }

    /// Signs in with the password in a browser that can make passkeys, and takes the offer of one.
    pub async fn make_passkey(&mut self, sent: &Form, login: &str, device: &mut PasskeyDevice) -> Result<()> {
        let hidden = sent.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let able = hidden.filter(|(name, _)| *name != "can_make_passkeys").chain([("can_make_passkeys", "yes")]);
        let fields: Vec<_> = able.chain([("login", login), ("password", PASSWORD)]).collect();
        let response = self.post(&sent.path, &fields).await?;
        let offer = self.find_form(&path_of(response.header("location").context("no offer")?)?).await?;
        let form = offer.passkey.context("no passkey is offered")?;
        let credential = device.create(&form.options);
        self.answer(&form, &credential).await.map(|_| ())
    }

    /// Signs in with the passkey alone; answers where it leads.
    pub async fn use_passkey(&mut self, form: &Form, device: &mut PasskeyDevice) -> Result<String> {
        let form = form.passkey.as_ref().context("a passkey is no way to sign in")?;
        let credential = device.get(&form.options).context("the device keeps none")?;
        self.answer(form, &credential).await
    }

    async fn answer(&mut self, form: &PasskeyForm, credential: &str) -> Result<String> {
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> =
            hidden.filter(|(name, _)| *name != "credential").chain([("credential", credential)]).collect();
        let response = self.post(&form.path, &fields).await?;
        ensure!(response.status == 303, "the passkey was answered {}", response.status);
        path_of(response.header("location").context("no location")?)
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Response> {
        let request = self.connection.encode("POST", path, &[("Cookie", &self.cookie_header())], &form(fields));
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

fn passkey_form(html: &str) -> Option<PasskeyForm> {
    let (before, after) = html.split_once("id=\"passkey-form\"")?;
    let (_, tag) = before.rsplit_once("<form")?;
    let (form, _) = after.split_once("</form>")?;
    let options = attribute(form, "data-options")?.replace("&#34;", "\"").replace("&#38;", "&");
    Some(PasskeyForm { path: attribute(tag, "action")?, hidden: hidden_fields(form), options })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn hidden_fields(html: &str) -> Vec<(String, String)> {
    html.split("<input")
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
        .filter(|tag| tag.contains("type=\"hidden\""))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
        .collect()
}
