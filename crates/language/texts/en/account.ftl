# The account console.

account-nav = Your account
account-nav-overview = Overview
account-nav-profile = Profile
account-nav-password = Password
account-nav-security = Sign-in and security
account-nav-sessions = Devices
account-nav-applications = Applications
account-nav-activity = Activity
account-nav-language = Language
account-nav-data = Your data
account-error = Error:
account-save = Save
account-signed-in-as = Signed in as { $name }
account-switch = Use another account
account-sign-out = Sign out
account-note-switched = Another account became the active one in this browser, or you signed in again. Nothing was changed; please look at the page once more.
account-note-ended = Signed out there.
account-note-saved = Saved.
account-note-password = Your new password counts from now on.
account-note-revoked = The application has lost its access.

account-overview-title = Your account
account-username = User name
account-email = Email address
account-email-verified = confirmed
account-email-unverified = not confirmed
account-email-none = none
account-since = Account since
account-factors-none = Your account is protected by what you sign in with alone. With a second factor, a stolen password is not enough to sign in as you.
account-factors =
    { $count ->
        [one] You have one authenticator app.
       *[other] You have { $count } authenticator apps.
    }
account-passkeys =
    { $count ->
        [one] You have one passkey.
       *[other] You have { $count } passkeys.
    }
account-codes-left =
    { $count ->
        [0] No recovery code is left.
        [one] One recovery code is left.
       *[other] { $count } recovery codes are left.
    }
account-codes-few = Make new ones, so that you are not locked out when your app is not at hand.
account-look-after-factors = Look after your second factors
account-sessions-count =
    { $count ->
        [one] You are signed in in this browser only.
       *[other] You are signed in in { $count } browsers.
    }
account-sessions-look = See where

account-sessions-title = Devices that are signed in
account-sessions-lead = Each line is a browser in which you are signed in. If you do not know one, sign it out and change your password.
account-browser-on = { $browser } on { $system }
account-browser = { $name }
account-browser-unknown-on = A browser on { $system }
account-browser-unknown = A browser
account-session-this = This one
account-session-address = Network address { $address }
account-session-opened = Signed in { $time }.
account-session-used = Last used { $time }.
account-session-end = Sign out
account-sessions-end-others = Sign out everywhere else
account-sessions-fine = Applications learn of it at once if they ask to be told, or else the next time they ask us. The names of browsers are what these say of themselves.

account-profile-title = Your profile
account-profile-lead = Applications that you let see your profile see what stands here.
account-profile-none = Nothing of your profile can be changed here.
account-profile-name = Full name
account-profile-given-name = Given name
account-profile-family-name = Family name
account-profile-middle-name = Middle name
account-profile-nickname = Nickname
account-profile-phone-number = Telephone number
account-profile-phone-number-hint = With the country, such as +44 20 7946 0958.
account-profile-birthdate = Date of birth
account-profile-birthdate-hint = Year, month and day, such as 1990-12-31; or the year alone.
account-profile-gender = Gender
account-profile-address = Postal address
account-profile-zoneinfo = Time zone
account-profile-zoneinfo-hint = A name such as Europe/Paris.
account-profile-picture = Address of a picture of you
account-profile-profile = Address of your profile page
account-profile-website = Address of your website
account-profile-uri-hint = It starts with https://
account-profile-wrong = Nothing was saved, because something is not right:
account-profile-wrong-text = This text is too long, or holds signs that cannot be shown.
account-profile-wrong-birthdate = This is not a date. Write year, month and day, such as 1990-12-31.
account-profile-wrong-phone-number = This is not a telephone number with its country. Write it as +44 20 7946 0958.
account-profile-wrong-uri = This is not an address of the web. It starts with https:// and holds no spaces.
account-profile-wrong-zoneinfo = This is not the name of a time zone. Write it as Europe/Paris.
account-profile-wrong-locale = This is not a language.

account-language-title = Language
account-language-lead = In which language the pages and mails speak to you.
account-language-of-browser = The one that the browser asks for

account-applications-title = Applications with access
account-applications-lead = What you allowed, to which application and since when.
account-applications-none = You have let no application do anything.
account-application-since = Since { $day }.
account-application-used = Last used { $day }.
account-application-offline = It stays connected when you sign out.
account-application-sensitive = Sensitive
account-application-revoke = Take access away
account-applications-fine = An application that has lost its access has to ask you again. What it has fetched before, it may have kept.

account-data-title = Your data
account-data-text = A file with everything that is kept of you: profile, devices, applications and the ways in which you sign in. It holds no secrets such as passwords.
account-data-download = Download your data
account-data-delete-text = Your account can be deleted, with everything that belongs to it.
account-data-delete = Delete your account…

account-delete-title = Delete your account
account-delete-text = Your account will be deleted with your profile, your devices, and what you allowed to applications. You are signed out everywhere at once. What applications have kept of you, they keep; ask those who run them.
account-delete-when =
    { $days ->
        [0] The account is deleted within minutes.
        [one] The account is deleted after one day.
       *[other] The account is deleted after { $days } days.
    }
account-delete-undo-mail = Until then you can keep it: by the link in the mail that we send you, or by signing in again.
account-delete-undo = Until then you can keep it by signing in again.
account-delete-confirmation = To confirm, type your user name { $username }
account-delete-wrong = This is not your user name. Nothing was deleted.
account-delete-confirm = Delete my account

account-deletion-title = Your account will be deleted
account-deletion-text = You are signed out everywhere. Your account will be deleted at { $time }.

account-keep-title = Keep your account?
account-keep-text = The account of { $name } will be deleted at { $time }.
account-keep = Keep my account
account-keep-fine = If it was not you who wanted it deleted, keep it, sign in, and change your password.
account-keep-unknown = There is nothing to undo
account-keep-unknown-text = This link was used already, or the account was deleted or kept in another way.
account-keep-unknown-do = Try to sign in: if that works, your account is there as before.
account-kept-title = Your account is kept
account-kept-text = It will not be deleted. You can sign in as before.
account-kept-sign-in = Go to your account

account-activity-title = Activity
account-activity-lead = What happened to your account lately. If something was not you, sign out everywhere else and change your password.
account-activity-none = Nothing has been recorded yet.
account-activity-newest = Back to the newest
account-activity-older = Older
account-event = Something happened that this page has no words for
account-event-session-started = Signed in
account-event-session-raised = Confirmed with a second factor
account-event-session-ended = Signed out
account-event-sessions-ended = Signed out everywhere
account-event-sign-in-failed = A sign-in failed
account-event-sign-in-throttled = Too many failed sign-ins: more were refused for a while
account-event-sign-in-blocked = A sign-in was refused because it looked risky
account-event-second-factor-asked = A second factor was asked for
account-event-second-factor-failed = A second factor was wrong
account-event-second-factor-throttled = Too many wrong codes: more were refused for a while
account-event-second-factor-put-off = Setting up a second factor was put off
account-event-second-factors-removed = Your second factors were removed
account-event-account-created = Your account was made
account-event-account-deletion-requested = The deletion of your account was asked for
account-event-account-deletion-canceled = Your account was kept after all
account-event-account-deleted = Your account was deleted
account-event-account-exported = Your data was downloaded
account-event-account-disowned = You told us that something was not you
account-event-terms-accepted = You accepted the terms of service
account-event-profile-changed = Your profile was changed
account-event-password-set = A password was set
account-event-password-changed = Your password was changed
account-event-password-reset-requested = A link for a new password was asked for
account-event-password-reset = A new password was set by a link
account-event-password-locked = Your password was locked until a new one is set
account-event-password-removed = Your password was removed
account-event-totp-added = An authenticator app was added
account-event-totp-removed = An authenticator app was removed
account-event-passkey-added = A passkey was added
account-event-passkey-renamed = A passkey got another name
account-event-passkey-removed = A passkey was removed
account-event-passkey-counter-regressed = A passkey may have been copied
account-event-recovery-codes-renewed = New recovery codes were made
account-event-recovery-code-used = A recovery code was used
account-event-email-added = An email address was added
account-event-email-verified = An email address was confirmed
account-event-email-changed = Your email address was changed
account-event-email-removed = An email address was removed
account-event-phone-added = A telephone number was added
account-event-phone-removed = A telephone number was removed
account-event-push-device-added = A device for approvals was added
account-event-push-device-removed = A device for approvals was removed
account-event-push-device-renamed = A device for approvals got another name
account-event-push-approval-denied = A sign-in was denied on a device
account-event-device-remembered = A browser is remembered: no second factor is asked for in it
account-event-device-forgotten = A remembered browser was forgotten
account-event-devices-forgotten = All remembered browsers were forgotten
account-event-consent-granted = An application was given access
account-event-consent-revoked = Access was taken from an application
account-event-identity-linked = An account elsewhere was linked
account-event-identity-unlinked = A link to an account elsewhere was removed

account-remembered-title = Signed out
account-remembered-forget = Forget
account-remembered-forget-name = Forget { $name } in this browser

account-password-title = Change your password
account-password-none = You have no password yet. With one, you can also sign in without what you sign in with now.
account-password-present = Present password
account-password-new = New password
account-password-again = New password, again
account-password-end-others = Sign out everywhere else
account-password-save = Change the password
account-password-present-missing = Enter your present password.
account-password-present-wrong = This is not your present password. Nothing was changed.
account-password-throttled =
    { $minutes ->
        [one] Too many attempts. Wait one minute, then try again.
       *[other] Too many attempts. Wait { $minutes } minutes, then try again.
    }
