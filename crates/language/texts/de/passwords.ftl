password-missing = Wählen Sie ein Passwort.
password-different = Die beiden Passwörter sind nicht gleich.
password-hint = Mindestens { $least } Zeichen; länger ist besser. Leerzeichen und jede Schrift sind willkommen.
password-too-short = Verwenden Sie mindestens { $least } Zeichen.
password-too-long = Verwenden Sie höchstens 256 Zeichen.
password-same-as-identifier = Wählen Sie etwas anderes als Ihren Benutzernamen oder Ihre E-Mail-Adresse.
password-used-before = Dieses Passwort haben Sie schon einmal verwendet. Wählen Sie ein neues.

password-weak = Dieses Passwort ist leicht zu erraten. Fügen Sie noch ein oder zwei Wörter hinzu.
password-weak-personal = Dieses Passwort enthält, was andere über Sie wissen, etwa Ihren Namen. Fügen Sie Wörter hinzu, die nichts mit Ihnen zu tun haben.
password-weak-common = Dieses oder ein ähnliches Passwort verwenden viele. Verwenden Sie einige Wörter, die nicht zusammengehören.
password-weak-keyboard = Tasten, die nebeneinanderliegen, sind leicht zu erraten. Verwenden Sie stattdessen einige Wörter.
password-weak-repeats = Wiederholungen sind leicht zu erraten. Verwenden Sie stattdessen verschiedene Wörter.
password-weak-sequence = Folgen wie abc oder 6543 sind leicht zu erraten. Verwenden Sie stattdessen einige Wörter.
password-weak-year = Jahreszahlen sind leicht zu erraten. Fügen Sie noch ein oder zwei Wörter hinzu.
password-weak-date = Datumsangaben sind leicht zu erraten. Verwenden Sie stattdessen einige Wörter.
password-weak-single-word = Ein einzelnes Wort ist leicht zu erraten. Fügen Sie noch ein oder zwei Wörter hinzu.
password-weak-name = Namen sind leicht zu erraten. Fügen Sie Wörter hinzu, die keine Namen sind.

password-advice-more-words = Fügen Sie noch ein oder zwei Wörter hinzu. Seltene Wörter sind besser.
password-advice-no-need-for-signs = Großbuchstaben, Ziffern oder Sonderzeichen sind nicht nötig.
password-advice-capitals = Großbuchstaben helfen nicht viel.
password-advice-reversal = Ein rückwärts geschriebenes Wort ist kaum schwerer zu erraten.
password-advice-substitutions = Zeichen anstelle von Buchstaben, etwa @ für a, helfen nicht viel.
password-advice-keyboard = Vermeiden Sie Tastenreihen.
password-advice-repeats = Vermeiden Sie wiederholte Wörter und Zeichen.
password-advice-sequences = Vermeiden Sie Folgen.
password-advice-dates = Vermeiden Sie Jahreszahlen und Daten, die mit Ihnen zu tun haben.

password-breached = Dieses Passwort steht in einer Liste gestohlener Passwörter, die Angreifer zuerst probieren. Wählen Sie ein anderes und ändern Sie es überall, wo Sie es verwenden.
password-fair = Dieses Passwort genügt. Mit einem weiteren Wort wäre es schwerer zu erraten.
password-good = Dieses Passwort ist schwer zu erraten.
sign-in-work = Hier werden gerade viele falsche Passwörter probiert. Ihr Browser löst zuerst eine kleine Aufgabe; Sie müssen nichts tun.
sign-in-work-busy = Ihr Browser löst die Aufgabe. Sobald er fertig ist, werden Sie angemeldet.
sign-in-work-missing = Hier werden gerade viele falsche Passwörter probiert, deshalb muss Ihr Browser vor der Anmeldung eine kleine Aufgabe lösen. Geben Sie Ihr Passwort noch einmal ein.
sign-in-work-script = Die Aufgabe braucht JavaScript. Erlauben Sie es und laden Sie diese Seite neu, melden Sie sich in einem Browser an, in dem Sie schon einmal angemeldet waren, oder versuchen Sie es in einer Stunde wieder.
