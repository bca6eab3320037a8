import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';
import { arrive, asks, issuerOf, openConsole, otherThan } from '../people.mjs';
import { codeIn, linkIn, mailsTo, nextMailTo } from '../mailbox.mjs';

const OLD = 'anchors-aweigh-at-noon';
const CHOSEN = 'seven gulls above the lighthouse';

const harbour = (rp, extra = {}) => asks(rp, 'harbour', { client_id: 'harbour-web', scope: 'openid email', ...extra });

for (const javaScriptEnabled of [true, false]) {
  const number = javaScriptEnabled ? 1 : 2;
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a forgotten password is set anew by the mailed link, and the sign-in goes on', async ({ page, rp }) => {
      const address = `rita-${number}@harbour.test`;
      await page.goto(harbour(rp));
      await page.locator('#forgot-password').click();
      const before = await mailsTo(address);
      await page.locator('[name=login]').fill(address);
      await page.locator('#submit').click();
      await expect(page.locator('#asked')).toBeVisible();
      const link = linkIn(await nextMailTo(address, before, /reset-password|account\/keep/));

      await page.goto(link);
      await page.reload();
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill('something else');
      await page.locator('#submit').click();
      await expect(page.getByRole('alert')).toContainText('not the same');
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill(CHOSEN);
      await page.locator('#submit').click();
      await page.locator('#sign-in').click();
      await signIn(page, address, OLD);
      await expect(page.locator('#alert')).toBeVisible();
      await signIn(page, address, CHOSEN);
      await expect(page.locator('#terms')).toContainText('Keep the quay clear.');
      await page.locator('#accept').click();
      await arrive(page, rp);

      await page.goto(link);
      await page.locator('#again').click();
      await expect(page.locator('[name=login]')).toBeVisible();
    });

    test('somebody registers: the address is verified, the terms are accepted', async ({ page, rp }) => {
      const address = `sven-${number}@harbour.test`;
      await page.goto(harbour(rp, { prompt: 'create' }));
      await page.locator('[name=username]').fill(address);
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill(CHOSEN);
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/sign-up\/verify/);
      const code = codeIn(await nextMailTo(address));
      await page.locator('[name=code]').fill(otherThan(code));
      await page.locator('#submit').click();
      await expect(page.getByRole('alert')).toContainText('not right');
      await page.locator('[name=code]').fill(code);
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/required-action/);
      await page.locator('#accept').click();
      await arrive(page, rp);
    });

    test('who declines the terms is not signed in', async ({ page, rp }) => {
      const address = `tove-${number}@harbour.test`;
      await page.goto(harbour(rp, { prompt: 'create' }));
      await page.locator('[name=username]').fill(address);
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill(CHOSEN);
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/sign-up\/verify/);
      await page.goto(linkIn(await nextMailTo(address)));
      await page.locator('#submit').click();
      await page.locator('#decline').click();
      await page.waitForURL(`${rp.redirectUri}?**`);
      expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
    });
  });
}

inEveryLook('no page of a registration or a forgotten password has an accessibility violation or a sideways scroll', async ({ page, rp, language }, check) => {
  const address = `ylva-${language}-${Date.now()}@harbour.test`;
  await page.goto(harbour(rp, { prompt: 'create' }));
  await page.locator('[name=username]').fill(address);
  await page.locator('[name=password]').fill(CHOSEN);
  await page.locator('[name=password_confirmation]').fill(CHOSEN);
  await page.locator('#submit').click();
  await check('sign-up-verify');
  const code = codeIn(await nextMailTo(address));
  await page.locator('[name=code]').fill(otherThan(code));
  await page.locator('#submit').click();
  await check('sign-up-verify-refused');
  await page.locator('[name=code]').fill(code);
  await page.locator('#submit').click();
  await expect(page).toHaveURL(/required-action/);
  await check('required-terms');
  await page.locator('#decline').click();

  const forgetful = `rita-${language}@harbour.test`;
  const before = await mailsTo(forgetful);
  await page.goto(harbour(rp));
  await page.locator('#forgot-password').click();
  await check('forgot-password');
  await page.locator('#submit').click();
  await check('forgot-password-refused');
  await page.locator('[name=login]').fill(forgetful);
  await page.locator('#submit').click();
  await check('forgot-password-asked');
  const link = linkIn(await nextMailTo(forgetful, before, /reset-password/));
  await page.goto(link);
  await check('reset-password');
  await page.locator('[name=password]').fill('password1');
  await page.locator('[name=password_confirmation]').fill('password1');
  await page.locator('#submit').click();
  await check('reset-password-refused');
  await page.locator('[name=password]').fill(CHOSEN);
  await page.locator('[name=password_confirmation]').fill(CHOSEN);
  await page.locator('#submit').click();
  await check('reset-done');
  await page.goto(link);
  await check('link-unusable');
});

inEveryLook('no page of what has to be done first has an accessibility violation or a sideways scroll', async ({ page, rp, language }, check) => {
  await page.goto(harbour(rp));
  await signIn(page, `petra-${language}`, OLD);
  await check('required-password');
  await page.locator('#submit').click();
  await check('required-password-refused');

  await page.context().clearCookies();
  await page.goto(harbour(rp));
  await signIn(page, `nora-${language}`, OLD);
  await check('required-email');
  const there = page.url();
  await page.locator('[name=code]').fill('1');
  await page.locator('#submit').click();
  await check('required-email-refused');
  // Everything is done in another tab meanwhile.
  const other = await page.context().newPage();
  await other.goto(harbour(rp));
  const before = await mailsTo(`nora-${language}@harbour.test`);
  await signIn(other, `nora-${language}`, OLD);
  await other.locator('[name=code]').fill(codeIn(await nextMailTo(`nora-${language}@harbour.test`, before)));
  await other.locator('#submit').click();
  await other.locator('#accept').click();
  await arrive(other, rp);
  await other.close();
  await page.goto(there);
  await expect(page.locator('[name=action][value=go_on]')).toBeVisible();
  await check('required-done');
});

inEveryLook('no page of the console has an accessibility violation or a sideways scroll', async ({ page, rp, language }, check) => {
  const [name, address] = [`hanna-${language}`, `hanna-${language}@harbour.test`];
  const open = (path) => openConsole(page, 'harbour', path, name, OLD);
  await page.goto(asks(rp, 'harbour', { client_id: 'harbour-web' }));
  await signIn(page, name, OLD);
  await page.locator('#accept').click();
  await arrive(page, rp);
  await open('/applications');
  await check('console-applications-none');
  await page.goto(asks(rp, 'harbour', { client_id: 'harbour-notes', scope: 'openid email offline_access', prompt: 'consent' }));
  await arrive(page, rp);
  await open('');
  await check('console-overview');
  await open('/profile');
  await check('console-profile');
  await page.locator('[name=birthdate]').fill('-');
  await page.locator('#save').click();
  await check('console-profile-refused');
  await page.locator('[name=birthdate]').fill('1990-12-31');
  await page.locator('#save').click();
  await check('console-profile-saved');
  await open('/password');
  await check('console-password');
  await page.locator('#save').click();
  await check('console-password-refused');
  await open('/sessions');
  await check('console-sessions');
  await open('/applications');
  await check('console-applications');
  await open('/activity');
  await check('console-activity');
  await open('/identities');
  await check('console-identities-none');
  await open('/language');
  await check('console-language');
  await page.goto(`${issuerOf('harbour')}/account/switch`);
  await check('switch-account');
  await open('/data');
  await check('console-data');
  await open('/delete');
  await check('console-delete');
  await page.locator('#confirm').click();
  await check('console-delete-refused');
  const before = await mailsTo(address);
  await page.locator('#confirmation').fill(name);
  await page.locator('#confirm').click();
  await check('console-deletion-begun');
  await page.goto(linkIn(await nextMailTo(address, before, /reset-password|account\/keep/)));
  await check('console-keep');
  await page.locator('#keep').click();
  await check('console-kept');
});
