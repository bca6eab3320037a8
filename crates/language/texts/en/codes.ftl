codes-error-title = Error:
codes-way-email-code = Email me a code
codes-way-magic-link = Email me a link
codes-mail-title = Check your mail
codes-code-sent = If there is an account for { $login }, a code is on its way to its address. It is good for 10 minutes.
codes-link-sent = If there is an account for { $login }, a link is on its way to its address. Open it in this browser. It is good for 10 minutes.
codes-code = 8-digit code
codes-code-hint = The code in the mail. Never tell it to anybody.
codes-link-hint = Only if you read your mail on another device: the code below the link in the mail. Never tell it to anybody.
codes-submit = Go on
codes-code-again = Send another code
codes-link-again = Send another link
codes-otherwise = Sign in another way
codes-missing = Enter the code.
codes-wrong = This code is not right. Check the newest mail, then try again.
codes-expired = This code is too old, or was used before. Have another one sent.
codes-link-expired = This link is too old, or was used before. Have another one sent.
codes-over = Too many wrong codes. Sign in another way, or begin again at the application that you came from.
codes-wait = { $seconds ->
    [one] Wait one second, then ask again.
   *[other] Wait { $seconds } seconds, then ask again.
}
codes-link-title = Sign in
codes-link-lead = to continue to { $client }
codes-link-as = You asked for a link for { $login }.
codes-link-submit = Sign in
codes-elsewhere-title = This link works elsewhere
codes-elsewhere-lead = It works for 10 minutes, only in the browser where it was asked for, and once.
codes-elsewhere-code = Go back to that browser. If it is on another device, type there the code that stands in the mail, or have another mail sent.
codes-elsewhere-warning = If you did not ask for a link, close this page and do nothing. Whoever asks you for the code wants to sign in as you.
codes-second-title = Enter the code that we sent you
codes-second-mailed = We have sent a code to { $address }. It is good for 10 minutes.
codes-second-code = 6-digit code
codes-second-hint = The newest one counts. Never tell it to anybody.
codes-second-wrong = This code is not right. Check the newest message, then try again.
codes-use-email = Have a code sent to your email address
codes-use-phone = Have a code sent to your phone
codes-signing-in-as = Signing in as { $name }
codes-not-you = Not you?
codes-remember = { $days ->
    [one] Don’t ask again in this browser for one day
   *[other] Don’t ask again in this browser for { $days } days
}
codes-throttled = { $minutes ->
    [one] Too many attempts. Wait one minute, then try again.
   *[other] Too many attempts. Wait { $minutes } minutes, then try again.
}
codes-second-texted = We have sent a code to the phone { $number }. It is good for 10 minutes.
codes-phone-title = Set up your phone
codes-phone-lead = A code that we send to your phone is asked for beside your password, so that a stolen password is not enough.
codes-phone-number = Phone number
codes-phone-number-hint = With the code of the country, such as +44 20 7946 0000. Your provider may charge you for messages.
codes-phone-send = Send a code
codes-phone-confirm = Turn on
codes-phone-other = Use another number, or have the code sent again
codes-phone-invalid = This is not a phone number with the code of its country. Start with a plus sign.
codes-phone-expired = This code is too old, or was used before, or there were too many wrong ones. Have another one sent.
codes-phone-use = Use text messages instead
codes-own-phone = Phone
codes-own-phone-none = You have none. Codes can be sent to a phone as text messages.
codes-own-phone-number = { $number }, added { $date }
codes-own-phone-add = Add a phone
codes-own-phone-remove = Remove the phone
