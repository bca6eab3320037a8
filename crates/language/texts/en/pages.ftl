# What stands on every page.
page-continue-to = to continue to { $client }
page-help = Help
page-privacy = Privacy
page-terms = Terms
page-language = Language
page-error-title = Error: { $title }
page-continue = Continue
page-cancel = Cancel
page-allow = Allow
page-show = Show
page-hide = Hide
page-show-password = Show password
page-hide-password = Hide password
page-one-moment = One moment
page-back-to-application = You are being sent back to the application.
page-signing-out = Signing out
page-signing-out-lead = You are being signed out of the applications that you used.
page-signed-in-as = Signed in as { $name }
page-signed-in-as-of = Signed in as { $name } ({ $detail })
page-signing-in-as = Signing in as { $name }
page-signing-in-as-of = Signing in as { $name } ({ $detail })
page-not-you = Not you?
page-use-another-account = Use another account
page-switched = You are signed in to another account than before, so your answer was not taken. See who is asked now, and answer again.
page-close = You can close this page.
page-throttled =
    { $minutes ->
        [one] Too many attempts. Wait { $minutes } minute, then try again.
       *[other] Too many attempts. Wait { $minutes } minutes, then try again.
    }

# Signing in.
sign-in-title = Sign in
sign-in-lead = to continue to { $client }
sign-in-missing = Something is missing:
sign-in-login = Email or user name
sign-in-password = Password
sign-in-submit = Sign in
sign-in-new-here = New here?
sign-in-create-account = Create an account
sign-in-choose-account = Choose an account that is signed in
sign-in-login-missing = Enter your email address or user name.
sign-in-password-missing = Enter your password.
sign-in-refused = The name or the password is not right. Check both and try again.

# Making an account.
sign-up-title = Create an account
sign-up-lead = with { $tenant }, to continue to { $client }
sign-up-not-right = Something is not right yet:
sign-up-name = Full name (optional)
sign-up-password-again = Password, again
sign-up-submit = Create account
sign-up-have-account = You have an account?
sign-up-username-missing = Enter an email address or a user name.
sign-up-username-invalid = Use at most 128 characters.
sign-up-email-invalid = This is not an email address.
sign-up-name-invalid = Use at most 200 characters on one line.
sign-up-username-taken = An account with this user name may exist. Sign in, or choose another user name.
sign-up-email-taken = No account can be created with this address. Sign in if you have one, or use another address.

# Choosing an account.
choose-title = Choose an account
choose-sign-out = Sign out
choose-sign-out-of = Sign out { $name }
choose-sign-out-of-detail = Sign out { $name }, { $detail }

# Signing out.
sign-out-title = Sign out?
sign-out-session = This ends your session with { $tenant } in this browser.
sign-out-signed-in = You are signed in to { $tenant } as { $name } in this browser.
sign-out-signed-in-and-others =
    { $others ->
        [one] You are signed in to { $tenant } as { $name } in this browser, and to { $others } other account.
       *[other] You are signed in to { $tenant } as { $name } in this browser, and to { $others } other accounts.
    }
sign-out-others =
    { $others ->
        [one] You are signed in to { $others } account of { $tenant } in this browser.
       *[other] You are signed in to { $others } accounts of { $tenant } in this browser.
    }
sign-out-submit = Sign out
sign-out-this = Sign out of this account
sign-out-all = Sign out of all accounts
sign-out-everywhere = Sign out everywhere
sign-out-everywhere-hint = “Everywhere” also signs you out in your other browsers and devices, and applications have to ask you again.
sign-out-stay = To stay signed in, close this page or go back.
signed-out-title = You are signed out
signed-out-lead = Your session with { $tenant } has ended in this browser.
signed-out-applications = Applications that you used may keep you signed in until you sign out there too. On a shared computer, close all windows of the browser.

# Second factors.
factor-title = Second factor
factor-recovery-title = Recovery code
factor-enter-code = Enter the code of your app
factor-enter-recovery-code = Enter a recovery code
factor-recovery-code = Recovery code
factor-recovery-code-hint = One of the codes that you kept when you set up your app. Each works once.
factor-code = 6-digit code
factor-code-hint = Your authenticator app shows a new one every 30 seconds.
factor-remember =
    { $days ->
        [one] Don’t ask again in this browser for { $days } day
       *[other] Don’t ask again in this browser for { $days } days
    }
factor-submit = Go on
factor-use-totp = Use a code of your authenticator app
factor-use-recovery-code = Use a recovery code
factor-code-missing = Enter the code.
factor-code-wrong = This code is not right, or was used before. Wait for the next one, then try again.
factor-recovery-code-wrong = This recovery code is not right, or was used before. Each works once.
factor-needed = A second factor is needed
factor-needed-none = You have none that counts here, and none can be set up on this page.
factor-needed-ask = Ask the people who run { $tenant } to let you in.
factor-set-up-title = Set up a second factor
factor-set-up-lead = { $tenant } asks for a code of an authenticator app beside your password, so that a stolen password is not enough. It takes a minute; then you go on to { $client }.
factor-set-up-add = 1. Add this to your authenticator app
factor-set-up-qr = QR code that your authenticator app reads
factor-set-up-no-camera = No camera at hand?
factor-set-up-open-app = Open your app on this device
factor-set-up-key = Or type this key into your app, as a time-based key:
factor-set-up-enter = 2. Enter the code that it shows
factor-set-up-submit = Turn on
factor-set-up-later = Not now
factor-set-up-due = You can put it off until { $date }.
factor-set-up-wrong = This code is not right. Check that the time of your device is right, and enter the code that your app shows now.
factor-own-title = Second factors
factor-own-headline = Your second factors
factor-own-authenticators = Authenticator apps
factor-own-none = You have none. With one, a stolen password is not enough to sign in as you.
factor-own-added = Added { $date }
factor-own-added-used = Added { $date }, last used { $used }
factor-own-remove = Remove
factor-own-remove-this = Remove { $name }, added { $date }
factor-own-add = Add an authenticator app
factor-own-codes = Recovery codes
factor-own-codes-left =
    { $count ->
        [0] None is left. Each lets you in once when your app is not at hand.
        [one] One is left. It lets you in once when your app is not at hand.
       *[other] { $count } are left. Each lets you in once when your app is not at hand.
    }
factor-own-codes-renew = Make ten new ones
factor-own-browsers = Browsers that are not asked
factor-own-browsers-count =
    { $count ->
        [0] Every browser asks you for a code.
        [one] In one browser you are not asked for a code.
       *[other] In { $count } browsers you are not asked for a code.
    }
factor-own-browsers-forget = Ask in all of them again
factor-codes-title = Your recovery codes
factor-codes-headline = Keep your recovery codes
factor-codes-lead = Your authenticator app is set up. If you ever lose it, each of these codes lets you in once.
factor-codes-once = They are shown only now: print them, or keep them where you keep your passwords.
factor-codes-print = Print
factor-codes-go-on = Go on to { $client }
factor-codes-of = Recovery codes for { $tenant }

# Connecting a device.
device-title = Connect a device
device-question = Is this code shown on your device?
device-the-code-is = The code is
device-warning = Go on only if your device shows the same code, and only if it was you who started this. Whoever sent you this link may be trying to connect a device of their own to your account.
device-yes = Yes, continue
device-phone = Go on with your phone instead
device-phone-hint = Point its camera at this picture.
device-qr = QR code of this page’s address
device-another-code = My device shows another code
device-enter = Enter the code that your device shows.
device-code = Code
device-code-hint = Eight letters. Capitals and the dash do not matter.
device-own-code = Enter only a code that a device of yours shows you now, never one that somebody sent you.
device-code-malformed = A code has eight letters, such as WDJB-MJHT. Look at your device once more.
device-code-wrong = No device waits with this code. Check it, or have your device show a new one: a code lasts ten minutes.
device-throttled =
    { $minutes ->
        [one] Too many wrong codes. Wait { $minutes } minute, then try again.
       *[other] Too many wrong codes. Wait { $minutes } minutes, then try again.
    }
device-confirm-title = Connect { $client }?
device-confirm-shows = on a device that shows this code
device-confirm-not = If not, or if somebody else asked you to do this, choose Cancel.
device-confirm-scopes = The device will be able to
device-over = This code can no longer be used
device-over-message = It has been used already, or ten minutes have passed.
device-over-what = Have your device show a new code, and enter it at { $address }.
device-connected = Your device is connected
device-connected-lead = You can return to your device. It goes on by itself in a few seconds.
device-refused = The device was not connected
device-refused-lead = You refused, and it got nothing. You can return to your device.

# Invitations.
invitation-title = Choose a password
invitation-welcome = Welcome, { $name }
invitation-lead = Choose a password for your account with { $tenant }.
invitation-user-name = User name
invitation-password = New password
invitation-password-again = New password, again
invitation-submit = Set password
invitation-unusable = This invitation cannot be used
invitation-unusable-message = It has been used already, has expired, or the link is incomplete.
invitation-unusable-what = If you have chosen a password before, sign in with it. Otherwise ask whoever invited you for a new link.
invitation-accepted = Your password is set
invitation-accepted-lead = Your account { $name } with { $tenant } is ready.
invitation-accepted-what = Open the application that you want to use, and sign in there.
