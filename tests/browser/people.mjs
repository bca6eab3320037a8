// What people do in every spec: begin at a tenant's application, sign in, allow, and arrive.
import { createHmac } from 'node:crypto';
import { expect, signIn } from './relying-party.mjs';

/** The address of a tenant. */
export const issuerOf = (tenant) => process.env.LATCHKEY_SUITE_ISSUER.replace('/t/acme', `/t/${tenant}`);

/** The authorization URL of a request of a tenant's client. */
export const asks = (rp, tenant, extra) => {
  const url = new URL(rp.authorizationUrl({ scope: 'openid', ...extra }));
  url.pathname = url.pathname.replace('/t/acme/', `/t/${tenant}/`);
  return url.href;
};

/** Allows what is asked, if anything is, and is back at the application with a code. */
export const arrive = async (page, rp) => {
  await page.waitForURL(/\/consent|\/callback/);
  if (page.url().includes('/consent')) await page.locator('#allow').click();
  await page.waitForURL(`${rp.redirectUri}?**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
};

/** Opens a page of the account console, and proves there who it is where that is asked for. */
export const openConsole = async (page, tenant, path, login, password) => {
  await page.goto(`${issuerOf(tenant)}/account${path}`);
  if (page.url().includes('/sign-in')) await signIn(page, login, password);
  await expect(page).toHaveURL(new RegExp(`/t/${tenant}/account${path}(\\?.*)?$`));
};

/** What has the focus: its id, else its name and value, else its text. */
export const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  return element.id || (element.name && `${element.name}=${element.value}`) || element.textContent.trim();
});

/** Presses Tab until that id has the focus; the stops on the way. */
export const tabTo = async (page, id, most = 40) => {
  await page.locator(`[id="${id}"]`).waitFor();
  const stops = [];
  for (let step = 0; step < most; step += 1) {
    stops.push(await focused(page));
    if (stops.at(-1) === id) return stops;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${id}: ${stops}`);
};

// RFC 6238, as an authenticator app does it.
export const codeAt = (secret, seconds) => {
  const bits = [...secret.replaceAll(' ', '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
};
export const now = () => Date.now() / 1000;
export const wrongCode = (secret) => ['000000', '000001', '000002', '000003', '000004'].find((code) => ![-30, 0, 30, 60].some((seconds) => codeAt(secret, now() + seconds) === code));

/** Another code than this one. */
export const otherThan = (code) => code.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
