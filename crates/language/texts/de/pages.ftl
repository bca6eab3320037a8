# Was auf jeder Seite steht.
page-continue-to = um mit { $client } fortzufahren
page-help = Hilfe
page-privacy = Datenschutz
page-terms = Nutzungsbedingungen
page-language = Sprache
page-error-title = Fehler: { $title }
page-continue = Weiter
page-cancel = Abbrechen
page-allow = Zulassen
page-show = Anzeigen
page-hide = Verbergen
page-show-password = Passwort anzeigen
page-hide-password = Passwort verbergen
page-one-moment = Einen Moment
page-back-to-application = Sie werden zur Anwendung zurückgeleitet.
page-signing-out = Abmeldung
page-signing-out-lead = Sie werden von den Anwendungen abgemeldet, die Sie benutzt haben.
page-signed-in-as = Angemeldet als { $name }
page-signed-in-as-of = Angemeldet als { $name } ({ $detail })
page-signing-in-as = Anmeldung als { $name }
page-signing-in-as-of = Anmeldung als { $name } ({ $detail })
page-not-you = Nicht Sie?
page-use-another-account = Anderes Konto verwenden
page-switched = Sie sind jetzt mit einem anderen Konto angemeldet als zuvor; deshalb wurde Ihre Antwort nicht übernommen. Sehen Sie nach, wer nun gefragt wird, und antworten Sie noch einmal.
page-close = Sie können diese Seite schließen.
page-throttled =
    { $minutes ->
        [one] Zu viele Versuche. Warten Sie { $minutes } Minute und versuchen Sie es dann erneut.
       *[other] Zu viele Versuche. Warten Sie { $minutes } Minuten und versuchen Sie es dann erneut.
    }

# Anmelden.
sign-in-title = Anmelden
sign-in-lead = um mit { $client } fortzufahren
sign-in-missing = Es fehlt noch etwas:
sign-in-login = E-Mail-Adresse oder Benutzername
sign-in-password = Passwort
sign-in-submit = Anmelden
sign-in-new-here = Neu hier?
sign-in-create-account = Konto erstellen
sign-in-choose-account = Ein bereits angemeldetes Konto wählen
sign-in-login-missing = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein.
sign-in-password-missing = Geben Sie Ihr Passwort ein.
sign-in-refused = Der Name oder das Passwort stimmt nicht. Prüfen Sie beides und versuchen Sie es noch einmal.

# Ein Konto erstellen.
sign-up-title = Konto erstellen
sign-up-lead = bei { $tenant }, um mit { $client } fortzufahren
sign-up-not-right = Etwas stimmt noch nicht:
sign-up-name = Vollständiger Name (freiwillig)
sign-up-password-again = Passwort wiederholen
sign-up-submit = Konto erstellen
sign-up-have-account = Sie haben schon ein Konto?
sign-up-username-missing = Geben Sie eine E-Mail-Adresse oder einen Benutzernamen ein.
sign-up-username-invalid = Verwenden Sie höchstens 128 Zeichen.
sign-up-email-invalid = Das ist keine E-Mail-Adresse.
sign-up-name-invalid = Verwenden Sie höchstens 200 Zeichen in einer Zeile.
sign-up-username-taken = Möglicherweise gibt es schon ein Konto mit diesem Benutzernamen. Melden Sie sich an oder wählen Sie einen anderen Benutzernamen.
sign-up-email-taken = Mit dieser Adresse kann kein Konto erstellt werden. Melden Sie sich an, falls Sie eines haben, oder verwenden Sie eine andere Adresse.

# Ein Konto wählen.
choose-title = Konto wählen
choose-sign-out = Abmelden
choose-sign-out-of = { $name } abmelden
choose-sign-out-of-detail = { $name }, { $detail }, abmelden

# Abmelden.
sign-out-title = Abmelden?
sign-out-session = Damit endet Ihre Sitzung bei { $tenant } in diesem Browser.
sign-out-signed-in = Sie sind in diesem Browser bei { $tenant } als { $name } angemeldet.
sign-out-signed-in-and-others =
    { $others ->
        [one] Sie sind in diesem Browser bei { $tenant } als { $name } und mit { $others } weiteren Konto angemeldet.
       *[other] Sie sind in diesem Browser bei { $tenant } als { $name } und mit { $others } weiteren Konten angemeldet.
    }
sign-out-others =
    { $others ->
        [one] Sie sind in diesem Browser mit { $others } Konto bei { $tenant } angemeldet.
       *[other] Sie sind in diesem Browser mit { $others } Konten bei { $tenant } angemeldet.
    }
sign-out-submit = Abmelden
sign-out-this = Von diesem Konto abmelden
sign-out-all = Von allen Konten abmelden
sign-out-everywhere = Überall abmelden
sign-out-everywhere-hint = „Überall“ meldet Sie auch in Ihren anderen Browsern und auf Ihren anderen Geräten ab, und Anwendungen müssen Sie erneut fragen.
sign-out-stay = Um angemeldet zu bleiben, schließen Sie diese Seite oder gehen Sie zurück.
signed-out-title = Sie sind abgemeldet
signed-out-lead = Ihre Sitzung bei { $tenant } ist in diesem Browser beendet.
signed-out-applications = Anwendungen, die Sie benutzt haben, lassen Sie möglicherweise angemeldet, bis Sie sich auch dort abmelden. Schließen Sie an einem gemeinsam genutzten Computer alle Fenster des Browsers.

# Zweite Faktoren.
factor-title = Zweiter Faktor
factor-recovery-title = Wiederherstellungscode
factor-enter-code = Geben Sie den Code Ihrer App ein
factor-enter-recovery-code = Geben Sie einen Wiederherstellungscode ein
factor-recovery-code = Wiederherstellungscode
factor-recovery-code-hint = Einer der Codes, die Sie beim Einrichten Ihrer App aufbewahrt haben. Jeder gilt einmal.
factor-code = 6-stelliger Code
factor-code-hint = Ihre Authenticator-App zeigt alle 30 Sekunden einen neuen.
factor-remember =
    { $days ->
        [one] In diesem Browser { $days } Tag lang nicht mehr fragen
       *[other] In diesem Browser { $days } Tage lang nicht mehr fragen
    }
factor-submit = Weiter
factor-use-totp = Einen Code Ihrer Authenticator-App verwenden
factor-use-recovery-code = Einen Wiederherstellungscode verwenden
factor-code-missing = Geben Sie den Code ein.
factor-code-wrong = Dieser Code stimmt nicht oder wurde schon verwendet. Warten Sie auf den nächsten und versuchen Sie es dann erneut.
factor-recovery-code-wrong = Dieser Wiederherstellungscode stimmt nicht oder wurde schon verwendet. Jeder gilt einmal.
factor-needed = Ein zweiter Faktor wird benötigt
factor-needed-none = Sie haben keinen, der hier zählt, und auf dieser Seite kann keiner eingerichtet werden.
factor-needed-ask = Bitten Sie die Betreiber von { $tenant }, Sie einzulassen.
factor-set-up-title = Zweiten Faktor einrichten
factor-set-up-lead = { $tenant } verlangt neben Ihrem Passwort den Code einer Authenticator-App, damit ein gestohlenes Passwort allein nicht genügt. Das dauert eine Minute; danach geht es weiter zu { $client }.
factor-set-up-add = 1. Fügen Sie dies Ihrer Authenticator-App hinzu
factor-set-up-qr = QR-Code, den Ihre Authenticator-App liest
factor-set-up-no-camera = Keine Kamera zur Hand?
factor-set-up-open-app = Öffnen Sie Ihre App auf diesem Gerät
factor-set-up-key = Oder geben Sie diesen Schlüssel als zeitbasierten Schlüssel in Ihre App ein:
factor-set-up-enter = 2. Geben Sie den Code ein, den sie anzeigt
factor-set-up-submit = Einschalten
factor-set-up-later = Nicht jetzt
factor-set-up-due = Sie können es bis { $date } aufschieben.
factor-set-up-wrong = Dieser Code stimmt nicht. Prüfen Sie, ob die Uhrzeit Ihres Geräts stimmt, und geben Sie den Code ein, den Ihre App jetzt anzeigt.
factor-own-title = Zweite Faktoren
factor-own-headline = Ihre zweiten Faktoren
factor-own-authenticators = Authenticator-Apps
factor-own-none = Sie haben keine. Mit einer genügt ein gestohlenes Passwort nicht, um sich als Sie anzumelden.
factor-own-added = Hinzugefügt am { $date }
factor-own-added-used = Hinzugefügt am { $date }, zuletzt verwendet am { $used }
factor-own-remove = Entfernen
factor-own-remove-this = { $name } entfernen, hinzugefügt am { $date }
factor-own-add = Authenticator-App hinzufügen
factor-own-codes = Wiederherstellungscodes
factor-own-codes-left =
    { $count ->
        [0] Es ist keiner übrig. Jeder lässt Sie einmal herein, wenn Ihre App nicht zur Hand ist.
        [one] Es ist einer übrig. Er lässt Sie einmal herein, wenn Ihre App nicht zur Hand ist.
       *[other] Es sind { $count } übrig. Jeder lässt Sie einmal herein, wenn Ihre App nicht zur Hand ist.
    }
factor-own-codes-renew = Zehn neue erstellen
factor-own-browsers = Browser, in denen nicht gefragt wird
factor-own-browsers-count =
    { $count ->
        [0] Jeder Browser fragt Sie nach einem Code.
        [one] In einem Browser werden Sie nicht nach einem Code gefragt.
       *[other] In { $count } Browsern werden Sie nicht nach einem Code gefragt.
    }
factor-own-browsers-forget = In allen wieder fragen
factor-codes-title = Ihre Wiederherstellungscodes
factor-codes-headline = Bewahren Sie Ihre Wiederherstellungscodes auf
factor-codes-lead = Ihre Authenticator-App ist eingerichtet. Falls Sie sie einmal verlieren, lässt jeder dieser Codes Sie einmal herein.
factor-codes-once = Sie werden nur jetzt angezeigt: Drucken Sie sie aus oder bewahren Sie sie dort auf, wo Sie Ihre Passwörter aufbewahren.
factor-codes-print = Drucken
factor-codes-go-on = Weiter zu { $client }
factor-codes-of = Wiederherstellungscodes für { $tenant }

# Ein Gerät verbinden.
device-title = Gerät verbinden
device-question = Zeigt Ihr Gerät diesen Code an?
device-the-code-is = Der Code lautet
device-warning = Fahren Sie nur fort, wenn Ihr Gerät denselben Code anzeigt und Sie selbst damit begonnen haben. Wer Ihnen diesen Link geschickt hat, versucht vielleicht, ein eigenes Gerät mit Ihrem Konto zu verbinden.
device-yes = Ja, weiter
device-phone = Stattdessen mit dem Telefon weitermachen
device-phone-hint = Richten Sie dessen Kamera auf dieses Bild.
device-qr = QR-Code mit der Adresse dieser Seite
device-another-code = Mein Gerät zeigt einen anderen Code
device-enter = Geben Sie den Code ein, den Ihr Gerät anzeigt.
device-code = Code
device-code-hint = Acht Buchstaben. Groß- und Kleinschreibung und der Bindestrich sind unwichtig.
device-own-code = Geben Sie nur einen Code ein, den Ihnen jetzt ein eigenes Gerät anzeigt, niemals einen, den Ihnen jemand geschickt hat.
device-code-malformed = Ein Code hat acht Buchstaben, etwa WDJB-MJHT. Sehen Sie noch einmal auf Ihr Gerät.
device-code-wrong = Kein Gerät wartet mit diesem Code. Prüfen Sie ihn oder lassen Sie Ihr Gerät einen neuen anzeigen: Ein Code gilt zehn Minuten.
device-throttled =
    { $minutes ->
        [one] Zu viele falsche Codes. Warten Sie { $minutes } Minute und versuchen Sie es dann erneut.
       *[other] Zu viele falsche Codes. Warten Sie { $minutes } Minuten und versuchen Sie es dann erneut.
    }
device-confirm-title = { $client } verbinden?
device-confirm-shows = auf einem Gerät, das diesen Code anzeigt
device-confirm-not = Wenn nicht, oder wenn jemand anders Sie darum gebeten hat, wählen Sie „Abbrechen“.
device-confirm-scopes = Das Gerät kann danach
device-over = Dieser Code kann nicht mehr verwendet werden
device-over-message = Er wurde schon verwendet, oder zehn Minuten sind vergangen.
device-over-what = Lassen Sie Ihr Gerät einen neuen Code anzeigen und geben Sie ihn unter { $address } ein.
device-connected = Ihr Gerät ist verbunden
device-connected-lead = Sie können zu Ihrem Gerät zurückkehren. Es macht in wenigen Sekunden von selbst weiter.
device-refused = Das Gerät wurde nicht verbunden
device-refused-lead = Sie haben abgelehnt, und es hat nichts bekommen. Sie können zu Ihrem Gerät zurückkehren.

# Einladungen.
invitation-title = Passwort wählen
invitation-welcome = Willkommen, { $name }
invitation-lead = Wählen Sie ein Passwort für Ihr Konto bei { $tenant }.
invitation-user-name = Benutzername
invitation-password = Neues Passwort
invitation-password-again = Neues Passwort wiederholen
invitation-submit = Passwort festlegen
invitation-unusable = Diese Einladung kann nicht verwendet werden
invitation-unusable-message = Sie wurde schon verwendet, ist abgelaufen, oder der Link ist unvollständig.
invitation-unusable-what = Wenn Sie schon ein Passwort gewählt haben, melden Sie sich damit an. Bitten Sie sonst die Person, die Sie eingeladen hat, um einen neuen Link.
invitation-accepted = Ihr Passwort ist festgelegt
invitation-accepted-lead = Ihr Konto { $name } bei { $tenant } ist bereit.
invitation-accepted-what = Öffnen Sie die Anwendung, die Sie benutzen möchten, und melden Sie sich dort an.
