"""Authlib: what most Flask, Django and FastAPI applications sign in with."""

import html.parser
import json
import os
import pathlib
import time
from urllib.parse import parse_qs, urljoin, urlparse

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from authlib.oauth2.rfc7591 import ClientMetadataClaims
from authlib.oidc.core import CodeIDToken
from joserfc.jwk import ECKey, RSAKey

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

ISSUER = os.environ["LATCHKEY_SUITE_ISSUER"]
REDIRECT_URI = "http://127.0.0.1:9878/callback"
PREPARED = json.loads((pathlib.Path(os.environ["INTEROP_DIR"]) / "prepared.json").read_text())


class Form(html.parser.HTMLParser):
    """The first form of a page: its action and its fields."""

    def __init__(self):
        super().__init__()
        self.action, self.fields, self.done = None, {}, False

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if self.done:
            return
        if tag == "form":
            self.action = attrs.get("action", "")
        elif tag == "input" and attrs.get("name"):
            self.fields[attrs["name"]] = attrs.get("value", "")

    def handle_endtag(self, tag):
        self.done = self.done or tag == "form"


def sign_in(url, login="alice", password="wonderland-in-spring"):
    """Walks the pages until the browser leaves for the redirect URI; returns that URL."""
    browser = requests.Session()
    response = browser.get(url, allow_redirects=False)
    for _ in range(15):
        location = response.headers.get("location")
        if location:
            url = urljoin(url, location)
            if url.startswith(REDIRECT_URI):
                return url
            response = browser.get(url, allow_redirects=False)
            continue
        assert response.status_code == 200, response.text
        form = Form()
        form.feed(response.text)
        if "password" in form.fields:
            form.fields.update(login=login, password=password)
        else:
            form.fields["decision"] = "allow"
        url = urljoin(url, form.action)
        origin = "{0.scheme}://{0.netloc}".format(urlparse(url))
        response = browser.post(url, data=form.fields, headers={"Origin": origin}, allow_redirects=False)
    raise AssertionError(f"no end of redirects at {url}")


@pytest.fixture(scope="module")
def metadata():
    return requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()


@pytest.mark.parametrize(
    ("client_id", "secret", "method"),
    [
        ("web", "web-secret-0123456789-0123456789-0123456789", "client_secret_basic"),
        ("web-post", "post-secret-0123456789-0123456789-0123456789", "client_secret_post"),
        ("spa", None, "none"),
    ],
)
def test_code_flow_with_pkce_userinfo_and_refresh(metadata, client_id, secret, method):
    code_flow(metadata, OAuth2Session(client_id, secret, token_endpoint_auth_method=method))


def code_flow(metadata, client):
    """Signs in with PKCE, verifies the ID token, reads userinfo and refreshes; answers the last tokens."""
    client.scope = "openid profile email"
    client.redirect_uri = REDIRECT_URI
    client.code_challenge_method = "S256"
    verifier = "v" * 50
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce="n-0123456789"
    )
    back = sign_in(url)
    assert parse_qs(urlparse(back).query)["state"] == [state]
    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state
    )

    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    claims = jwt.decode(
        token["id_token"],
        keys,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"values": [metadata["issuer"]]}, "aud": {"value": client.client_id}},
        claims_params={"nonce": "n-0123456789", "client_id": client.client_id, "access_token": token["access_token"]},
    )
    claims.validate(now=int(time.time()), leeway=10)

    userinfo = client.get(metadata["userinfo_endpoint"]).json()
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["name"] == "Alice Liddell"

    refreshed = client.refresh_token(metadata["token_endpoint"])
    assert refreshed["access_token"] != token["access_token"]
    return refreshed


def test_private_key_jwt_for_the_issuer_signs_in_and_refreshes(metadata):
    key = ECKey.import_key(PREPARED["keys"]["assertion"]["private"])
    client = OAuth2Session("interop-pkjwt", key, token_endpoint_auth_method="private_key_jwt")
    client.register_client_auth_method(PrivateKeyJWT(metadata["issuer"], alg="ES256"))
    code_flow(metadata, client)


def test_private_key_jwt_for_the_token_endpoint_is_good_with_the_oidc_profile_only(metadata):
    key = RSAKey.import_key(PREPARED["keys"]["apache"]["private"])
    client = OAuth2Session("interop-authlib", key, token_endpoint_auth_method="private_key_jwt")
    client.register_client_auth_method(PrivateKeyJWT(metadata["token_endpoint"]))
    tokens = code_flow(metadata, client)

    strict = OAuth2Session(
        "interop-pkjwt",
        ECKey.import_key(PREPARED["keys"]["assertion"]["private"]),
        token_endpoint_auth_method="private_key_jwt",
    )
    strict.register_client_auth_method(PrivateKeyJWT(metadata["token_endpoint"], alg="ES256"))
    with pytest.raises(OAuthError) as refused:
        strict.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    assert refused.value.error == "invalid_client"


def test_client_secret_jwt_signs_in_and_refreshes(metadata):
    secret = PREPARED["secrets"]["interop-secret-jwt"]
    client = OAuth2Session("interop-secret-jwt", secret, token_endpoint_auth_method="client_secret_jwt")
    client.register_client_auth_method(ClientSecretJWT(metadata["issuer"]))
    code_flow(metadata, client)


def test_a_client_that_registers_itself_signs_in_and_refreshes(metadata):
    wanted = {
        "client_name": "Registered by itself",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "openid profile email",
    }
    answer = requests.post(metadata["registration_endpoint"], json=wanted, timeout=10)
    assert answer.status_code == 201, answer.text
    registered = answer.json()
    granted = {name: registered[name] for name in wanted}
    ClientMetadataClaims(granted, {}).validate()
    # RFC 6749 §3.3: the order of the words does not count.
    assert sorted(granted.pop("scope").split()) == sorted(wanted.pop("scope").split())
    assert granted == wanted
    client = OAuth2Session(
        registered["client_id"], registered["client_secret"], token_endpoint_auth_method="client_secret_post"
    )
    code_flow(metadata, client)


def test_client_credentials(metadata):
    client = OAuth2Session(
        "machine", "machine-secret-0123456789-0123456789-0123456789", scope="orders:read orders:write"
    )
    token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert set(token["scope"].split()) == {"orders:read", "orders:write"}
