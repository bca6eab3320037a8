import { expect, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';
import { arrive, asks, otherThan } from '../people.mjs';
import { codeIn, linkIn, mailsTo, nextMailTo } from '../mailbox.mjs';

const letters = (rp, extra = {}) => asks(rp, 'letters', { client_id: 'letters-web', ...extra });

const addressOf = (name) => `${name}@letters.test`;

/** Asks for a mail on the sign-in page; what it says. */
const ask = async (page, rp, name, way) => {
  const before = await mailsTo(addressOf(name));
  await page.goto(letters(rp));
  await page.locator('[name=login]').fill(name);
  await page.locator(`#by-mail-${way}`).click();
  await expect(page).toHaveURL(/sign-in\/mail\?/);
  return nextMailTo(addressOf(name), before, /\d{4} \d{4}/);
};

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a code that is read in the mailbox signs in, and a wrong one says so', async ({ page, rp }) => {
      const code = codeIn(await ask(page, rp, `una-${javaScriptEnabled ? 1 : 2}`, 'email_code'));
      await page.locator('[name=code]').fill(otherThan(code));
      await page.locator('#submit').click();
      await expect(page.getByRole('alert')).toContainText('not right');
      await expect(page.locator('[name=code]')).toBeFocused();
      await page.locator('[name=code]').fill(code);
      await page.locator('#submit').click();
      await arrive(page, rp);
    });

    test('a link that is opened in the same browser signs in', async ({ page, rp }) => {
      const link = linkIn(await ask(page, rp, `vera-${javaScriptEnabled ? 1 : 2}`, 'magic_link'));
      await page.goto(link);
      await page.reload();
      await page.locator('#submit').click();
      await arrive(page, rp);
      await page.goto(link);
      await expect(page.locator('h1')).toBeVisible();
    });

    test('a link that is opened elsewhere says where it works, and the code beside it does there', async ({ page, rp, browser }) => {
      const mail = await ask(page, rp, `wanda-${javaScriptEnabled ? 1 : 2}`, 'magic_link');
      const phone = await (await browser.newContext({ javaScriptEnabled })).newPage();
      await phone.goto(linkIn(mail));
      await expect(phone.locator('h1')).toContainText('works elsewhere');
      await expect(phone.locator('form')).toHaveCount(0);
      await page.locator('[name=code]').fill(codeIn(mail));
      await page.locator('#submit').click();
      await arrive(page, rp);
    });
  });
}

inEveryLook('no page of a sign-in by mail has an accessibility violation or a sideways scroll', async ({ page, rp, browser, language, context }, check) => {
  await page.goto(letters(rp));
  await check('sign-in-by-mail');
  const mail = await ask(page, rp, `xenia-${language}`, 'magic_link');
  await check('mail-link-sent');
  await page.locator('[name=code]').fill('1');
  await page.locator('#submit').click();
  await check('mail-code-wrong');
  const elsewhere = await browser.newContext(context);
  const other = await elsewhere.newPage();
  await other.goto(linkIn(mail));
  await check('mail-link-elsewhere', other);
  await elsewhere.close();
  await page.goto(linkIn(mail));
  await check('mail-link');
  await page.locator('#submit').click();
  await arrive(page, rp);
});

inEveryLook('whose password was locked away, and who signs in by mail, is told to ask for a link', async ({ browser, page, rp, language }, check) => {
  const name = `wilma-${language}`;
  const type = async (where) => {
    await where.locator('[name=code]').fill(codeIn(await ask(where, rp, name, 'email_code')));
    await where.locator('#submit').click();
  };
  await type(page);
  await arrive(page, rp);
  const before = await mailsTo(addressOf(name));
  const elsewhere = await (await browser.newContext()).newPage();
  await type(elsewhere);
  await arrive(elsewhere, rp);
  const notice = await nextMailTo(addressOf(name), before, /account\/not-me/);
  await page.goto(notice.match(/https?:\/\/\S+/g).find((link) => link.includes('/account/not-me')));
  await page.locator('#confirm').click();
  await expect(page.locator('#done')).toBeVisible();
  await type(page);
  await expect(page).toHaveURL(/required-action/);
  await check('required-link');
});
