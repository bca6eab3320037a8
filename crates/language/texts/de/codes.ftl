codes-error-title = Fehler:
codes-way-email-code = Code per E-Mail senden
codes-way-magic-link = Link per E-Mail senden
codes-mail-title = Sehen Sie in Ihr Postfach
codes-code-sent = Falls es ein Konto für { $login } gibt, ist ein Code an dessen Adresse unterwegs. Er gilt 10 Minuten.
codes-link-sent = Falls es ein Konto für { $login } gibt, ist ein Link an dessen Adresse unterwegs. Öffnen Sie ihn in diesem Browser. Er gilt 10 Minuten.
codes-code = 8-stelliger Code
codes-code-hint = Der Code aus der E-Mail. Verraten Sie ihn niemandem.
codes-link-hint = Nur wenn Sie Ihre E-Mails auf einem anderen Gerät lesen: der Code unter dem Link in der E-Mail. Verraten Sie ihn niemandem.
codes-submit = Weiter
codes-code-again = Einen anderen Code senden
codes-link-again = Einen anderen Link senden
codes-otherwise = Auf andere Weise anmelden
codes-missing = Geben Sie den Code ein.
codes-wrong = Dieser Code stimmt nicht. Sehen Sie in die neueste E-Mail und versuchen Sie es dann erneut.
codes-expired = Dieser Code ist zu alt oder wurde schon verwendet. Lassen Sie sich einen neuen senden.
codes-link-expired = Dieser Link ist zu alt oder wurde schon verwendet. Lassen Sie sich einen neuen senden.
codes-over = Zu viele falsche Codes. Melden Sie sich auf andere Weise an oder beginnen Sie bei der Anwendung, von der Sie kamen, von vorn.
codes-wait = { $seconds ->
    [one] Warten Sie eine Sekunde und fragen Sie dann erneut.
   *[other] Warten Sie { $seconds } Sekunden und fragen Sie dann erneut.
}
codes-link-title = Anmelden
codes-link-lead = um mit { $client } fortzufahren
codes-link-as = Sie haben einen Link für { $login } angefordert.
codes-link-submit = Anmelden
codes-elsewhere-title = Dieser Link gilt anderswo
codes-elsewhere-lead = Er gilt 10 Minuten lang, nur in dem Browser, in dem er angefordert wurde, und nur einmal.
codes-elsewhere-code = Gehen Sie zurück zu diesem Browser. Wenn er auf einem anderen Gerät ist, geben Sie dort den Code aus der E-Mail ein oder lassen Sie sich eine neue E-Mail senden.
codes-elsewhere-warning = Wenn Sie keinen Link angefordert haben, schließen Sie diese Seite und tun Sie nichts. Wer Sie nach dem Code fragt, will sich als Sie anmelden.
codes-second-title = Geben Sie den Code ein, den wir Ihnen gesendet haben
codes-second-mailed = Wir haben einen Code an { $address } gesendet. Er gilt 10 Minuten.
codes-second-code = 6-stelliger Code
codes-second-hint = Es gilt der neueste. Verraten Sie ihn niemandem.
codes-second-wrong = Dieser Code stimmt nicht. Sehen Sie in die neueste Nachricht und versuchen Sie es dann erneut.
codes-use-email = Code an Ihre E-Mail-Adresse senden lassen
codes-use-phone = Code an Ihr Telefon senden lassen
codes-signing-in-as = Anmeldung als { $name }
codes-not-you = Nicht Sie?
codes-remember = { $days ->
    [one] In diesem Browser einen Tag lang nicht mehr fragen
   *[other] In diesem Browser { $days } Tage lang nicht mehr fragen
}
codes-throttled = { $minutes ->
    [one] Zu viele Versuche. Warten Sie eine Minute und versuchen Sie es dann erneut.
   *[other] Zu viele Versuche. Warten Sie { $minutes } Minuten und versuchen Sie es dann erneut.
}
codes-second-texted = Wir haben einen Code an das Telefon { $number } gesendet. Er gilt 10 Minuten.
codes-phone-title = Telefon einrichten
codes-phone-lead = Neben Ihrem Passwort wird ein Code verlangt, den wir an Ihr Telefon senden, damit ein gestohlenes Passwort nicht genügt.
codes-phone-number = Telefonnummer
codes-phone-number-hint = Mit der Landesvorwahl, etwa +49 30 901820. Ihr Anbieter kann Nachrichten berechnen.
codes-phone-send = Code senden
codes-phone-confirm = Einschalten
codes-phone-other = Eine andere Nummer verwenden oder den Code noch einmal senden lassen
codes-phone-invalid = Das ist keine Telefonnummer mit Landesvorwahl. Beginnen Sie mit einem Pluszeichen.
codes-phone-expired = Dieser Code ist zu alt oder wurde schon verwendet, oder es gab zu viele falsche. Lassen Sie sich einen neuen senden.
codes-phone-use = Stattdessen Textnachrichten verwenden
codes-own-phone = Telefon
codes-own-phone-none = Sie haben keines. Codes können als Textnachrichten an ein Telefon gesendet werden.
codes-own-phone-number = { $number }, hinzugefügt am { $date }
codes-own-phone-add = Telefon hinzufügen
codes-own-phone-remove = Telefon entfernen
