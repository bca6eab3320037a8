push-title = Bestätigen Sie auf Ihrem Gerät
push-lead = Wir haben eine Mitteilung an Ihr Gerät gesendet. Öffnen Sie sie dort und geben Sie diese Zahl ein:
push-the-number-is = Die Zahl lautet
push-waiting = Warten auf Ihr Gerät
push-approved = Ihr Gerät hat diese Anmeldung bestätigt.
push-go-on = Weiter
push-again = Weitere Mitteilung senden
push-use = Auf Ihrem Gerät bestätigen
push-not-yet = Ihr Gerät hat noch nicht geantwortet. Geben Sie dort die Zahl ein und gehen Sie dann hier weiter.
push-denied = Diese Anmeldung wurde auf Ihrem Gerät abgelehnt, oder dort wurde eine andere Zahl eingegeben.
push-expired = Diese Mitteilung ist zu alt oder wurde schon verwendet. Lassen Sie eine weitere senden.
push-wait = { $seconds ->
    [one] Warten Sie eine Sekunde und fragen Sie dann noch einmal, oder wählen Sie einen anderen Weg.
   *[other] Warten Sie { $seconds } Sekunden und fragen Sie dann noch einmal, oder wählen Sie einen anderen Weg.
}
push-set-up-title = Bestätigungen auf einem Gerät einrichten
push-set-up-lead = Mit der App von { $tenant } bestätigen Sie jede Anmeldung auf Ihrem Gerät, damit ein gestohlenes Passwort nicht genügt.
push-set-up-scan = 1. Scannen Sie diesen Code mit der App
push-set-up-qr = QR-Code für die App
push-set-up-key = Oder geben Sie diese Adresse und diesen Code in die App ein:
push-set-up-number = 2. Geben Sie die Zahl ein, die die App anzeigt
push-number = Zahl
push-number-hint = Zwei Ziffern. Wenn die App sagt, dass der Code schon verwendet wurde, lassen Sie einen anderen anzeigen.
push-set-up-submit = Einschalten
push-set-up-again = Anderen Code anzeigen
push-not-redeemed = Die App hat den Code noch nicht verwendet. Scannen Sie ihn zuerst.
push-number-missing = Geben Sie die Zahl ein, die die App anzeigt.
push-number-wrong = Das ist nicht die Zahl, die die App anzeigt.
push-code-new = Dieser Code gilt nicht mehr. Scannen Sie den, der jetzt angezeigt wird.
push-use-instead = Stattdessen auf einem Gerät bestätigen
push-own-title = Geräte, die Anmeldungen bestätigen
push-own-none = Sie haben keines. Mit einer App auf Ihrem Gerät können Sie Anmeldungen bestätigen.
push-own-add = Gerät hinzufügen
