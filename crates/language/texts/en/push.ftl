push-title = Approve on your device
push-lead = We have sent a notice to your device. Open it there, and type this number:
push-the-number-is = The number is
push-waiting = Waiting for your device
push-approved = Your device has approved this sign-in.
push-go-on = Go on
push-again = Send another notice
push-use = Approve on your device
push-not-yet = Your device has not answered yet. Type the number there, then go on here.
push-denied = This sign-in was denied on your device, or another number was typed there.
push-expired = This notice is too old, or was used before. Have another one sent.
push-wait = { $seconds ->
    [one] Wait one second, then ask again, or use another way.
   *[other] Wait { $seconds } seconds, then ask again, or use another way.
}
push-set-up-title = Set up approvals on a device
push-set-up-lead = With the app of { $tenant } you approve each sign-in on your device, so that a stolen password is not enough.
push-set-up-scan = 1. Scan this code with the app
push-set-up-qr = QR code for the app
push-set-up-key = Or type this address and this code into the app:
push-set-up-number = 2. Type the number that the app shows
push-number = Number
push-number-hint = Two digits. If the app says that the code was used before, have another code shown.
push-set-up-submit = Turn on
push-set-up-again = Show another code
push-not-redeemed = The app has not used the code yet. Scan it first.
push-number-missing = Type the number that the app shows.
push-number-wrong = This is not the number that the app shows.
push-code-new = This code does not count any more. Scan the one that is shown now.
push-use-instead = Approve on a device instead
push-own-title = Devices that approve sign-ins
push-own-none = You have none. With an app on your device you can approve sign-ins.
push-own-add = Add a device
