import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';

const password = 'a-lamp-above-the-breakers';
const issuer = process.env.LATCHKEY_SUITE_ISSUER.replace('/t/acme', '/t/lighthouse');
const now = () => Math.floor(Date.now() / 1000);

const lighthouse = (rp, extra = {}) => {
  const url = new URL(rp.authorizationUrl({ client_id: 'lighthouse-web', scope: 'openid', ...extra }));
  url.pathname = url.pathname.replace('/t/acme/', '/t/lighthouse/');
  return url.href;
};

/** The app of the tenant, on one phone. */
class App {
  constructor() {
    this.address = `phone-${randomUUID()}`;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.key = privateKey;
    this.jwk = publicKey.export({ format: 'jwk' });
  }

  async post(url, header, claims) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'ES256', ...header })}.${part({ aud: issuer, iat: now(), ...claims })}`;
    const signature = sign('sha256', Buffer.from(text), { key: this.key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    return fetch(url, { method: 'POST', body: new URLSearchParams({ message: `${text}.${signature}` }) });
  }

  /** Redeems the code that the page shows; the number. */
  async scan(page) {
    const [url, code] = (await page.locator('#push-uri').textContent()).split('#code=');
    const answer = await this.post(url, { typ: 'push-device+jwt', jwk: this.jwk }, { code, name: 'Lamp', address: this.address });
    expect(answer.status).toBe(201);
    const { device, number } = await answer.json();
    this.device = device;
    return number;
  }

  async links() {
    const directory = process.env.LATCHKEY_MESSAGES_DIRECTORY;
    const texts = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')));
    return texts.map((text) => JSON.parse(text)).filter(({ type, data }) => type === 'push.approval' && data.to === this.address).map(({ data }) => data.link);
  }

  /** The next notice, when so many were there before. */
  async nextLink(before = []) {
    for (let turn = 0; turn < 150; turn += 1) {
      const link = (await this.links()).find((candidate) => !before.includes(candidate));
      if (link) return link;
      await delay(100);
    }
    throw new Error('no notice');
  }

  async answer(link, decision, number) {
    const answer = await this.post(link, { typ: 'push-approval+jwt', kid: this.device }, { approval: link.split('/').at(-1), decision, number });
    expect(answer.status).toBe(204);
  }
}

const shownNumber = async (page) => (await page.locator('#number').textContent()).match(/\d+/)[0];

/** Makes an account and sets the app up; the browser is back at the application. */
const enrol = async (page, rp) => {
  const name = `keeper-${randomUUID()}`;
  const app = new App();
  await page.goto(lighthouse(rp, { prompt: 'create' }));
  await page.locator('[name=username]').fill(name);
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password_confirmation]').fill(password);
  await page.locator('#submit').click();
  await expect(page).toHaveURL(/second-factor\/set-up\/push/);
  return { name, app };
};

const confirm = async (page, rp, app) => {
  await page.locator('[name=code]').fill(await app.scan(page));
  await page.locator('#submit').click();
  await expect(page.locator('#recovery-codes')).toBeVisible();
  await page.locator('#continue').click();
  await page.waitForURL(`${rp.redirectUri}?**`);
};

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a user sets an app up by its number, and approves a sign-in on the device', async ({ page, rp }) => {
      const { name, app } = await enrol(page, rp);
      await page.locator('.more summary').click();
      await confirm(page, rp, app);

      await page.goto(lighthouse(rp, { prompt: 'login' }));
      await signIn(page, name, password);
      const number = await shownNumber(page);
      await app.answer(await app.nextLink(), 'approve', number);
      if (!javaScriptEnabled) {
        // The page loads itself anew, and says that nothing is left but to go on.
        await expect(page.locator('#approved')).toBeVisible({ timeout: 15_000 });
        await page.locator('#submit').click();
      }
      await page.waitForURL(`${rp.redirectUri}?**`, { timeout: 15_000 });
      expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
    });

    test('a sign-in that is denied on the device goes no further', async ({ page, rp }) => {
      const { name, app } = await enrol(page, rp);
      await page.locator('.more summary').click();
      await confirm(page, rp, app);
      await page.goto(lighthouse(rp, { prompt: 'login' }));
      await signIn(page, name, password);
      await app.answer(await app.nextLink(), 'deny');
      await expect(page.getByRole('alert')).toContainText('denied on your device', { timeout: 15_000 });
      await expect(page.locator('#number')).toHaveCount(0);
    });
  });
}

inEveryLook('no page of an approval has an accessibility violation or a sideways scroll', async ({ page, rp }, check) => {
  const { name, app } = await enrol(page, rp);
  await page.locator('.more summary').click();
  await check('push-set-up');
  await page.locator('#submit').click();
  await check('push-set-up-refused');
  await page.locator('.more summary').click();
  await confirm(page, rp, app);
  await page.goto(lighthouse(rp, { prompt: 'login' }));
  await signIn(page, name, password);
  await check('push-waiting');
  await app.answer(await app.nextLink(), 'deny');
  await expect(page.getByRole('alert')).toBeVisible({ timeout: 15_000 });
  await check('push-denied');
});
