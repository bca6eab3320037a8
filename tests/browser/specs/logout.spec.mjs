// What the browser does when several applications share a session: frames on the way out, and the check-session frame.
import { createHash } from 'node:crypto';
import { expect, signIn, test } from '../relying-party.mjs';

const issuer = process.env.LATCHKEY_SUITE_ISSUER;
const front = 'https://front.logout.test:8443';

async function signInTo(page, rp, client) {
  await page.goto(rp.authorizationUrl({ client_id: client, scope: 'openid' }));
  await signIn(page);
  await page.waitForURL(`${rp.redirectUri}?**`);
  // An application that never redeemed its code knows of no session.
  const params = new URL(page.url()).searchParams;
  const fields = { grant_type: 'authorization_code', client_id: client, code: params.get('code'), redirect_uri: rp.redirectUri, code_verifier: rp.verifier };
  const tokens = await fetch(`${issuer}/oauth2/token`, { method: 'POST', body: new URLSearchParams(fields) });
  expect(tokens.status).toBe(200);
  return params;
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('signing out loads the logout page of an application in a frame and then goes on', async ({ page, rp }) => {
      const loaded = [];
      await page.route(`${front}/**`, (route) => {
        loaded.push(new URL(route.request().url()));
        return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Signed out</title>' });
      });
      await signInTo(page, rp, 'logout-front');
      await page.goto(`${issuer}/oauth2/logout`);
      await page.locator('#confirm').click();
      await page.waitForURL(/\/t\/acme\/signed-out/);
      expect(loaded.length).toBe(1);
      expect(loaded[0].searchParams.get('iss')).toBe(issuer);
      expect(loaded[0].searchParams.get('sid')).toMatch(/^ses_/);
      expect(loaded[0].searchParams.get('app')).toBe('1');
    });
  });
}

test('the frames of an application that does not answer do not hold the browser up', async ({ page, rp }) => {
  await page.route(`${front}/**`, () => {});
  await signInTo(page, rp, 'logout-front');
  await page.goto(`${issuer}/oauth2/logout`);
  await page.locator('#confirm').click();
  await page.waitForURL(/\/t\/acme\/signed-out/, { timeout: 10_000 });
});

test('the check-session frame says unchanged, then changed, and error to what is malformed', async ({ page, rp, context }) => {
  // On the same site as the issuer: browsers keep the cookies of other sites' frames apart.
  const application = rp.origin.replace('127.0.0.1', 'localhost');
  const params = await signInTo(page, rp, 'logout-front');
  expect(params.get('session_state')).toMatch(/^[\w-]{43}\.[\w-]+$/);
  const cookie = (await context.cookies()).find(({ name }) => name.includes('latchkey-state-'));
  const salt = 'c2FsdA';
  const digest = createHash('sha256').update(`web ${application} ${cookie.value} ${salt}`).digest('base64url');

  const ask = async (message) => {
    await page.goto(`${application}/`);
    return page.evaluate(async ([frame, text]) => {
      const iframe = document.createElement('iframe');
      iframe.src = frame;
      await new Promise((resolve) => { iframe.onload = resolve; document.body.append(iframe); });
      return new Promise((resolve) => {
        addEventListener('message', (event) => resolve([event.origin, event.data]));
        iframe.contentWindow.postMessage(text, new URL(frame).origin);
      });
    }, [`${issuer}/oauth2/check-session`, message]);
  };
  const origin = new URL(issuer).origin;
  expect(await ask(`web ${digest}.${salt}`)).toEqual([origin, 'unchanged']);
  expect(await ask(`other ${digest}.${salt}`)).toEqual([origin, 'changed']);
  expect(await ask('nonsense')).toEqual([origin, 'error']);
  await page.goto(`${issuer}/oauth2/logout`);
  await page.locator('#confirm').click();
  await page.waitForURL(/\/t\/acme\/signed-out/);
  expect(await ask(`web ${digest}.${salt}`)).toEqual([origin, 'changed']);
});
