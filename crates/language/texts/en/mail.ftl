mail-hello = Hello { $name },
mail-hello-nobody = Hello,
mail-copy-link = If the button does nothing, copy this address into your browser:
mail-footer = You get this mail because of an account at { $tenant }.
mail-help = Help
mail-label-when = When
mail-label-address = Address
mail-label-browser = Browser
mail-label-place = Place
mail-not-me = This was not me
mail-not-me-why = If it was not you, say so here: every session ends at once, and you are led to a new way in.
mail-not-me-nowhere = If it was not you, change your password and tell { $tenant } at once.
mail-was-me = If it was you, there is nothing to do.
mail-ignore = If you did not expect this mail, ignore it: nothing happens.
mail-code-nobody = Nobody of { $tenant } ever asks you for this code. Type it only into the page where you asked for it.

mail-invitation-subject = Your account at { $tenant }
mail-invitation-text = { $tenant } has made an account for you.
mail-invitation-button = Choose a password
mail-invitation-until = The link works once, until { $time }.

mail-approval-subject = { $client } asks for your approval
mail-approval-text = { $client } asks for your approval at { $tenant }.
mail-approval-binding = It shows this text. Approve only if you see the same text there.
mail-approval-button = Look at it
mail-approval-until = You can answer until { $time }.
mail-approval-not-me = If it was not you who started this, refuse it there, or ignore this mail.

mail-verify-subject = Confirm your mail address for { $tenant }
mail-verify-text = Somebody, probably you, gave this address for an account at { $tenant }. Confirm that it is yours.
mail-verify-button = Confirm the address
mail-verify-code = Or type this code into the page that asks for it:
mail-verify-until = This can be used once, until { $time }.

mail-reset-subject = Choose a new password for { $tenant }
mail-reset-text = Somebody, probably you, forgot the password of your account at { $tenant }.
mail-reset-button = Choose a new password
mail-reset-until = The link works once, until { $time }.
mail-reset-ignore = If it was not you, ignore this mail: your password stays as it is.

mail-email-confirm-subject = Confirm your new mail address for { $tenant }
mail-email-confirm-text = Your account at { $tenant } is to have this mail address. Confirm that it is yours.
mail-email-confirm-button = Confirm the new address
mail-email-confirm-until = The link works once, until { $time }.

mail-email-changed-subject = The mail address of your account at { $tenant } has changed
mail-email-changed-text = Your account at { $tenant } has a new mail address. Mails go there from now on, and no more to this one.

mail-credential-subject = Security of your account at { $tenant }
mail-credential-password-set = A password was set for your account at { $tenant }.
mail-credential-password-changed = The password of your account at { $tenant } was changed.
mail-credential-password-reset = The password of your account at { $tenant } was forgotten, and a new one was chosen.
mail-credential-passkey-added = The passkey “{ $name }” was added to your account at { $tenant }.
mail-credential-passkey-removed = The passkey “{ $name }” was removed from your account at { $tenant }.
mail-credential-totp-added = An authenticator app was added to your account at { $tenant }.
mail-credential-totp-removed = The authenticator app was removed from your account at { $tenant }.
mail-credential-recovery-codes = New recovery codes were made for your account at { $tenant }. The old ones do not work any more.
mail-credential-recovery-code-used = A recovery code of your account at { $tenant } was used.
mail-credential-phone-added = The phone number { $name } was added to your account at { $tenant }.
mail-credential-phone-removed = The phone number { $name } was removed from your account at { $tenant }.
mail-credential-device-added = The device “{ $name }” was added to your account at { $tenant }, to approve sign-ins.
mail-credential-device-removed = The device “{ $name }” was removed from your account at { $tenant }.
mail-credential-second-factors-removed = All second factors of your account at { $tenant } were removed.
mail-credential-identity-linked = { $name } can now be used to sign in to your account at { $tenant }.
mail-credential-identity-unlinked = { $name } can no more be used to sign in to your account at { $tenant }.

mail-new-device-subject = New sign-in to your account at { $tenant }
mail-new-device-text = Somebody signed in to your account at { $tenant } from a browser or a network that we had not seen with you before.

mail-code-subject = Your code for { $tenant }
mail-code-text = With this code you sign in to { $tenant }:
mail-code-until = It works once, until { $time }.
mail-code-ignore = If it was not you who asked for it, ignore this mail. If this happens often, change your password.

mail-link-subject = Sign in to { $tenant }
mail-link-text = With this link you sign in to { $tenant }. Open it in the browser in which you asked for it.
mail-link-button = Sign in
mail-link-code = Or type this code into the page that asks for it:
mail-link-until = It works once, until { $time }.
mail-link-ignore = If it was not you who asked for it, ignore this mail.

mail-deletion-scheduled-subject = Your account at { $tenant } will be deleted
mail-deletion-scheduled-text = Your account at { $tenant } will be deleted at { $time }, with everything that belongs to it. Until then you can keep it.
mail-deletion-scheduled-button = Keep my account

mail-deleted-subject = Your account at { $tenant } was deleted
mail-deleted-text = Your account at { $tenant } was deleted, with everything that belonged to it. This is the last mail about it.

mail-test-subject = Test mail of { $tenant }
mail-test-text = This mail shows that { $tenant } can send mail. You need not do anything.

mail-sms-code = { $code } is your code for { $tenant }. Give it to nobody.

mail-push-title = Is this you?
mail-push-text = Somebody signs in to { $tenant }. Approve it only if it is you.
