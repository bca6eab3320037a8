// A single-page relying party: authorization code with PKCE (RFC 7636), nothing but fetch and Web Crypto.
const settings = document.body.dataset;
const byId = (id) => document.getElementById(id);
const tenantStore = "latchkey-demo-flow";
const tokenStore = "latchkey-demo-tokens";

let provider;
let tokens = JSON.parse(sessionStorage.getItem(tokenStore) ?? "null");

const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function decode(jwt) {
  const part = (text) => {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
  };
  const [header, claims] = jwt.split(".");
  return { header: part(header), claims: part(claims) };
}

class Refused extends Error {
  constructor(title, text) {
    super(text);
    this.title = title;
  }
}

async function call(url, options) {
  let response;
  try {
    response = await fetch(url, { cache: "no-store", credentials: "omit", ...options });
  } catch {
    throw new Refused("Latchkey does not answer", `No answer from ${new URL(url).origin}. Is the server running?`);
  }
  const type = response.headers.get("content-type") ?? "";
  const body = type.includes("json") ? await response.json() : await response.text();
  if (!response.ok) {
    const code = body.error ?? `HTTP ${response.status}`;
    throw new Refused(`Refused: ${code}`, body.error_description ?? "The server gave no description.");
  }
  return body;
}

async function discover() {
  provider ??= await call(`${settings.issuer}/.well-known/openid-configuration`);
  // OpenID Connect Discovery §4.3: a document of another issuer must not be used.
  if (provider.issuer !== settings.issuer) throw new Refused("Wrong issuer", `The document speaks for ${provider.issuer}.`);
  return provider;
}

async function signIn() {
  const { authorization_endpoint } = await discover();
  const flow = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem(tenantStore, JSON.stringify(flow));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(flow.verifier)));
  const url = new URL(authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: "code", client_id: settings.clientId, redirect_uri: settings.redirectUri,
    scope: "openid profile email address phone offline_access orders:read",
    state: flow.state, nonce: flow.nonce, code_challenge: challenge, code_challenge_method: "S256",
  });
  location.assign(url);
}

async function finishSignIn(answer) {
  const flow = JSON.parse(sessionStorage.getItem(tenantStore) ?? "null");
  sessionStorage.removeItem(tenantStore);
  history.replaceState(null, "", settings.home);
  if (!flow || answer.get("state") !== flow.state) {
    throw new Refused("This answer belongs to another sign-in", "The state does not match. Start again.");
  }
  // RFC 9207: a code of another issuer must not be redeemed here.
  if (answer.get("iss") !== settings.issuer) throw new Refused("This answer comes from another issuer", answer.get("iss") ?? "It names none.");
  if (answer.has("error")) {
    const cancelled = answer.get("error") === "access_denied";
    throw new Refused(cancelled ? "You did not allow access" : `Refused: ${answer.get("error")}`, answer.get("error_description") ?? "");
  }
  const fresh = await requestTokens({
    grant_type: "authorization_code", code: answer.get("code"), redirect_uri: settings.redirectUri, code_verifier: flow.verifier,
  });
  const { claims } = decode(fresh.id_token);
  // OpenID Connect Core §3.1.3.7.
  const audience = [claims.aud].flat();
  if (claims.nonce !== flow.nonce || claims.iss !== settings.issuer || !audience.includes(settings.clientId)) {
    throw new Refused("The ID token is not for this sign-in", "Its nonce, issuer or audience differs.");
  }
  keep(fresh);
}

async function requestTokens(parameters) {
  const { token_endpoint } = await discover();
  return call(token_endpoint, { method: "POST", body: new URLSearchParams({ client_id: settings.clientId, ...parameters }) });
}

async function refresh() {
  const fresh = await requestTokens({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  keep({ ...tokens, ...fresh });
}

async function loadUserinfo() {
  const { userinfo_endpoint } = await discover();
  const userinfo = await call(userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  keep({ ...tokens, userinfo });
}

async function signOut() {
  const { end_session_endpoint } = await discover();
  const url = new URL(end_session_endpoint);
  url.search = new URLSearchParams({
    id_token_hint: tokens.id_token, client_id: settings.clientId, post_logout_redirect_uri: settings.home,
  });
  keep(null);
  location.assign(url);
}

function keep(value) {
  tokens = value;
  if (value) sessionStorage.setItem(tokenStore, JSON.stringify(value));
  else sessionStorage.removeItem(tokenStore);
  render();
}

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function card(title, meaning, parts, expiry) {
  const life = element("span", { className: "life" });
  if (expiry) life.dataset.expiry = String(expiry);
  return element("article", { className: "card" },
    element("header", {}, element("h2", { textContent: title }), life),
    element("p", { className: "meaning", textContent: meaning }),
    ...parts);
}

const json = (title, value) => [
  element("h3", { textContent: title }),
  element("pre", { textContent: JSON.stringify(value, null, 2), tabIndex: 0 }),
];
const raw = (value) => element("details", {}, element("summary", { textContent: "As sent" }), element("pre", { textContent: value, tabIndex: 0 }));

function tokenCard(title, meaning, token) {
  if (token.split(".").length !== 3) return card(title, `${meaning} It is opaque.`, [raw(token)]);
  const { header, claims } = decode(token);
  return card(title, meaning, [...json("Header", header), ...json("Claims", claims), raw(token)], claims.exp);
}

function render() {
  byId("signed-out").hidden = Boolean(tokens);
  byId("signed-in").hidden = !tokens;
  byId("who").hidden = !tokens;
  if (!tokens) return;
  const { claims } = decode(tokens.id_token);
  const name = tokens.userinfo?.name ?? claims.name ?? tokens.userinfo?.preferred_username ?? claims.preferred_username ?? claims.sub;
  byId("greeting").textContent = `Signed in as ${name}`;
  byId("who").textContent = tokens.userinfo?.email ?? claims.email ?? claims.sub;
  byId("refresh").disabled = !tokens.refresh_token;
  const cards = [
    tokenCard("ID token", "Tells this application who signed in, when and how.", tokens.id_token),
    tokenCard("Access token", "Opens the APIs for which it was issued.", tokens.access_token),
  ];
  if (tokens.userinfo) cards.unshift(card("UserInfo", "What the UserInfo endpoint says now.", json("Claims", tokens.userinfo)));
  if (tokens.refresh_token) {
    cards.push(card("Refresh token", "Buys new tokens, once; it changes each time.", [raw(tokens.refresh_token)]));
  }
  byId("tokens").replaceChildren(...cards);
  showLives();
}

function showLives() {
  for (const life of document.querySelectorAll(".life[data-expiry]")) {
    const left = Math.round(Number(life.dataset.expiry) - Date.now() / 1000);
    life.classList.toggle("over", left <= 0);
    life.textContent = left > 0 ? `expires in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "expired";
  }
}

async function run(what, action) {
  byId("error").hidden = true;
  byId("busy").hidden = false;
  byId("busy").textContent = what;
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  try {
    await action();
  } catch (error) {
    byId("error-title").textContent = error.title ?? "Something went wrong";
    byId("error-text").textContent = error.message;
    byId("error").hidden = false;
    byId("error").focus();
  } finally {
    for (const button of document.querySelectorAll("button")) button.disabled = false;
    byId("busy").hidden = true;
    render();
  }
}

byId("sign-in").addEventListener("click", () => run("Going to Latchkey …", signIn));
byId("refresh").addEventListener("click", () => run("Refreshing …", refresh));
byId("load-userinfo").addEventListener("click", () => run("Asking UserInfo …", loadUserinfo));
byId("sign-out").addEventListener("click", () => run("Signing out …", signOut));
setInterval(showLives, 1000);

const answer = new URLSearchParams(location.search);
if (answer.has("code") || answer.has("error")) {
  run("Redeeming the code …", async () => {
    await finishSignIn(answer);
    await loadUserinfo();
  });
} else {
  render();
}
