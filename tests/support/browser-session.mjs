// A browser without a window: follows redirects, keeps cookies, fills in the sign-in and consent forms.
// The interop suites use it to walk the pages of the authorization endpoint with nothing but fetch.

export class BrowserSession {
  #cookies = new Map();

  /** One request with the cookies of its host (cookies know no ports, RFC 6265 §8.5); redirects are not followed. */
  async request(url, init = {}) {
    const { hostname } = new URL(url);
    const cookies = this.#cookies.get(hostname) ?? new Map();
    this.#cookies.set(hostname, cookies);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(init.headers ?? {}), ...(cookie ? { cookie } : {}) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      const expires = /;\s*expires=([^;]+)/i.exec(line)?.[1];
      const isGone = /;\s*max-age=(0|-\d+)\s*(;|$)/i.test(line) || (expires && Date.parse(expires) <= Date.now());
      if (isGone) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  /** Walks from an authorization URL until the browser leaves for `redirectUri`; answers that URL. */
  async authorize(authorizationUrl, { redirectUri, login, password, decision = 'allow' }) {
    let url = String(authorizationUrl);
    let response = await this.request(url);
    for (let step = 0; step < 15; step += 1) {
      const location = response.headers.get('location');
      if (location) {
        const next = new URL(location, url);
        if (next.href.startsWith(redirectUri)) return next;
        url = next.href;
        response = await this.request(url);
        continue;
      }
      const html = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} at ${url}: ${html.slice(0, 2000)}`);
      const form = readForm(html, url);
      if ('password' in form.fields || form.names.has('password')) {
        form.fields.login = login;
        form.fields.password = password;
      } else {
        form.fields.decision = decision;
      }
      url = form.action;
      response = await this.request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin },
        body: new URLSearchParams(form.fields),
      });
    }
    throw new Error(`no end of redirects at ${url}`);
  }
}

function readForm(html, base) {
  const form = /<form\b[^>]*>[\s\S]*?<\/form>/i.exec(html)?.[0];
  if (!form) throw new Error(`no form in the page at ${base}: ${html.slice(0, 2000)}`);
  const attribute = (tag, name) => {
    const found = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
    return found?.replaceAll('&amp;', '&').replaceAll('&#38;', '&').replaceAll('&quot;', '"').replaceAll('&#34;', '"');
  };
  const action = new URL(attribute(/<form\b[^>]*>/i.exec(form)[0], 'action') ?? base, base).href;
  const fields = {};
  const names = new Set();
  for (const [tag] of form.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(tag, 'name');
    if (!name) continue;
    names.add(name);
    if (attribute(tag, 'type') === 'hidden') fields[name] = attribute(tag, 'value') ?? '';
  }
  return { action, fields, names };
}
