account-nav = Ihr Konto
account-nav-overview = Übersicht
account-nav-profile = Profil
account-nav-password = Passwort
account-nav-security = Zweite Faktoren
account-nav-sessions = Geräte
account-nav-applications = Anwendungen
account-nav-activity = Aktivität
account-nav-language = Sprache
account-nav-data = Ihre Daten
account-error = Fehler:
account-save = Speichern
account-signed-in-as = Angemeldet als { $name }
account-switch = Anderes Konto verwenden
account-sign-out = Abmelden
account-note-switched = In diesem Browser ist jetzt ein anderes Konto aktiv, oder Sie haben sich neu angemeldet. Es wurde nichts geändert; sehen Sie sich die Seite bitte noch einmal an.
account-note-ended = Dort abgemeldet.
account-note-saved = Gespeichert.
account-note-password = Ab jetzt gilt Ihr neues Passwort.
account-note-revoked = Die Anwendung hat ihren Zugriff verloren.

account-overview-title = Ihr Konto
account-username = Benutzername
account-email = E-Mail-Adresse
account-email-verified = bestätigt
account-email-unverified = nicht bestätigt
account-email-none = keine
account-since = Konto seit
account-factors-none = Ihr Konto ist nur durch das geschützt, womit Sie sich anmelden. Mit einem zweiten Faktor genügt ein gestohlenes Passwort nicht, um sich als Sie anzumelden.
account-factors =
    { $count ->
        [one] Sie haben eine Authenticator-App.
       *[other] Sie haben { $count } Authenticator-Apps.
    }
account-passkeys =
    { $count ->
        [one] Sie haben einen Passkey.
       *[other] Sie haben { $count } Passkeys.
    }
account-codes-left =
    { $count ->
        [0] Es ist kein Wiederherstellungscode übrig.
        [one] Es ist ein Wiederherstellungscode übrig.
       *[other] Es sind { $count } Wiederherstellungscodes übrig.
    }
account-codes-few = Erstellen Sie neue, damit Sie nicht ausgesperrt sind, wenn Ihre App nicht zur Hand ist.
account-look-after-factors = Zweite Faktoren verwalten
account-sessions-count =
    { $count ->
        [one] Sie sind nur in diesem Browser angemeldet.
       *[other] Sie sind in { $count } Browsern angemeldet.
    }
account-sessions-look = Ansehen, wo

account-sessions-title = Angemeldete Geräte
account-sessions-lead = Jede Zeile ist ein Browser, in dem Sie angemeldet sind. Wenn Sie einen nicht kennen, melden Sie ihn ab und ändern Sie Ihr Passwort.
account-browser-on = { $browser } unter { $system }
account-browser = { $name }
account-browser-unknown-on = Ein Browser unter { $system }
account-browser-unknown = Ein Browser
account-session-this = Dieser hier
account-session-address = Netzwerkadresse { $address }
account-session-opened = Angemeldet { $time }.
account-session-used = Zuletzt verwendet { $time }.
account-session-end = Abmelden
account-sessions-end-others = Überall sonst abmelden
account-sessions-fine = Anwendungen erfahren es sofort, wenn sie darum bitten, sonst, wenn sie uns das nächste Mal fragen. Die Namen der Browser sind deren eigene Angaben.

account-profile-title = Ihr Profil
account-profile-lead = Anwendungen, denen Sie Ihr Profil zeigen, sehen, was hier steht.
account-profile-none = An Ihrem Profil kann hier nichts geändert werden.
account-profile-name = Vollständiger Name
account-profile-given-name = Vorname
account-profile-family-name = Nachname
account-profile-middle-name = Zweiter Vorname
account-profile-nickname = Spitzname
account-profile-phone-number = Telefonnummer
account-profile-phone-number-hint = Mit Landesvorwahl, etwa +49 30 901820.
account-profile-birthdate = Geburtsdatum
account-profile-birthdate-hint = Jahr, Monat und Tag, etwa 1990-12-31; oder nur das Jahr.
account-profile-gender = Geschlecht
account-profile-address = Postanschrift
account-profile-zoneinfo = Zeitzone
account-profile-zoneinfo-hint = Ein Name wie Europe/Berlin.
account-profile-picture = Adresse eines Bildes von Ihnen
account-profile-profile = Adresse Ihrer Profilseite
account-profile-website = Adresse Ihrer Website
account-profile-uri-hint = Sie beginnt mit https://
account-profile-wrong = Es wurde nichts gespeichert, weil etwas nicht stimmt:
account-profile-wrong-text = Dieser Text ist zu lang oder enthält Zeichen, die nicht angezeigt werden können.
account-profile-wrong-birthdate = Das ist kein Datum. Schreiben Sie Jahr, Monat und Tag, etwa 1990-12-31.
account-profile-wrong-phone-number = Das ist keine Telefonnummer mit Landesvorwahl. Schreiben Sie sie wie +49 30 901820.
account-profile-wrong-uri = Das ist keine Web-Adresse. Sie beginnt mit https:// und enthält keine Leerzeichen.
account-profile-wrong-zoneinfo = Das ist nicht der Name einer Zeitzone. Schreiben Sie ihn wie Europe/Berlin.
account-profile-wrong-locale = Das ist keine Sprache.

account-language-title = Sprache
account-language-lead = In welcher Sprache Seiten und E-Mails mit Ihnen sprechen.
account-language-of-browser = Die Sprache, um die der Browser bittet

account-applications-title = Anwendungen mit Zugriff
account-applications-lead = Was Sie erlaubt haben, welcher Anwendung und seit wann.
account-applications-none = Sie haben keiner Anwendung etwas erlaubt.
account-application-since = Seit { $day }.
account-application-used = Zuletzt verwendet am { $day }.
account-application-offline = Sie bleibt verbunden, wenn Sie sich abmelden.
account-application-sensitive = Sensibel
account-application-revoke = Zugriff entziehen
account-applications-fine = Eine Anwendung, die ihren Zugriff verloren hat, muss Sie erneut fragen. Was sie zuvor abgerufen hat, kann sie behalten haben.

account-data-title = Ihre Daten
account-data-text = Eine Datei mit allem, was über Sie gespeichert ist: Profil, Geräte, Anwendungen und womit Sie sich anmelden. Sie enthält keine Geheimnisse wie Passwörter.
account-data-download = Ihre Daten herunterladen
account-data-delete-text = Ihr Konto kann mit allem gelöscht werden, was dazugehört.
account-data-delete = Ihr Konto löschen …

account-delete-title = Ihr Konto löschen
account-delete-text = Ihr Konto wird mit Ihrem Profil, Ihren Geräten und dem gelöscht, was Sie Anwendungen erlaubt haben. Sie werden sofort überall abgemeldet. Was Anwendungen über Sie gespeichert haben, behalten sie; wenden Sie sich an deren Betreiber.
account-delete-when =
    { $days ->
        [0] Das Konto wird binnen Minuten gelöscht.
        [one] Das Konto wird nach einem Tag gelöscht.
       *[other] Das Konto wird nach { $days } Tagen gelöscht.
    }
account-delete-undo-mail = Bis dahin können Sie es behalten: über den Link in der E-Mail, die wir Ihnen senden, oder indem Sie sich wieder anmelden.
account-delete-undo = Bis dahin können Sie es behalten, indem Sie sich wieder anmelden.
account-delete-confirmation = Geben Sie zur Bestätigung Ihren Benutzernamen { $username } ein
account-delete-wrong = Das ist nicht Ihr Benutzername. Es wurde nichts gelöscht.
account-delete-confirm = Mein Konto löschen

account-deletion-title = Ihr Konto wird gelöscht
account-deletion-text = Sie sind überall abgemeldet. Ihr Konto wird am { $time } gelöscht.

account-keep-title = Ihr Konto behalten?
account-keep-text = Das Konto von { $name } wird am { $time } gelöscht.
account-keep = Mein Konto behalten
account-keep-fine = Wenn nicht Sie es löschen lassen wollten, behalten Sie es, melden Sie sich an und ändern Sie Ihr Passwort.
account-keep-unknown = Es gibt nichts rückgängig zu machen
account-keep-unknown-text = Dieser Link wurde schon verwendet, oder das Konto wurde auf andere Weise gelöscht oder behalten.
account-keep-unknown-do = Versuchen Sie, sich anzumelden: Wenn das gelingt, ist Ihr Konto da wie zuvor.
account-kept-title = Ihr Konto bleibt erhalten
account-kept-text = Es wird nicht gelöscht. Sie können sich anmelden wie zuvor.
account-kept-sign-in = Zu Ihrem Konto

account-activity-title = Aktivität
account-activity-lead = Was zuletzt mit Ihrem Konto geschah. Wenn Sie etwas davon nicht waren, melden Sie sich überall sonst ab und ändern Sie Ihr Passwort.
account-activity-none = Es wurde noch nichts aufgezeichnet.
account-activity-newest = Zurück zum Neuesten
account-activity-older = Älteres
account-event = Etwas ist geschehen, wofür diese Seite keine Worte hat
account-event-session-started = Angemeldet
account-event-session-raised = Mit einem zweiten Faktor bestätigt
account-event-session-ended = Abgemeldet
account-event-sessions-ended = Überall abgemeldet
account-event-sign-in-failed = Eine Anmeldung schlug fehl
account-event-sign-in-throttled = Zu viele fehlgeschlagene Anmeldungen: Weitere wurden eine Zeit lang abgewiesen
account-event-sign-in-blocked = Eine Anmeldung wurde abgewiesen, weil sie riskant aussah
account-event-second-factor-asked = Ein zweiter Faktor wurde verlangt
account-event-second-factor-failed = Ein zweiter Faktor war falsch
account-event-second-factor-throttled = Zu viele falsche Codes: Weitere wurden eine Zeit lang abgewiesen
account-event-second-factor-put-off = Das Einrichten eines zweiten Faktors wurde aufgeschoben
account-event-second-factors-removed = Ihre zweiten Faktoren wurden entfernt
account-event-account-created = Ihr Konto wurde angelegt
account-event-account-deletion-requested = Die Löschung Ihres Kontos wurde verlangt
account-event-account-deletion-canceled = Ihr Konto wurde doch behalten
account-event-account-deleted = Ihr Konto wurde gelöscht
account-event-account-exported = Ihre Daten wurden heruntergeladen
account-event-account-disowned = Sie haben uns mitgeteilt, dass Sie etwas nicht waren
account-event-terms-accepted = Sie haben die Nutzungsbedingungen angenommen
account-event-profile-changed = Ihr Profil wurde geändert
account-event-password-set = Ein Passwort wurde festgelegt
account-event-password-changed = Ihr Passwort wurde geändert
account-event-password-reset-requested = Ein Link für ein neues Passwort wurde angefordert
account-event-password-reset = Ein neues Passwort wurde über einen Link festgelegt
account-event-password-locked = Ihr Passwort wurde gesperrt, bis ein neues festgelegt wird
account-event-password-removed = Ihr Passwort wurde entfernt
account-event-totp-added = Eine Authenticator-App wurde hinzugefügt
account-event-totp-removed = Eine Authenticator-App wurde entfernt
account-event-passkey-added = Ein Passkey wurde hinzugefügt
account-event-passkey-renamed = Ein Passkey wurde umbenannt
account-event-passkey-removed = Ein Passkey wurde entfernt
account-event-passkey-counter-regressed = Ein Passkey wurde möglicherweise kopiert
account-event-recovery-codes-renewed = Neue Wiederherstellungscodes wurden erstellt
account-event-recovery-code-used = Ein Wiederherstellungscode wurde verwendet
account-event-email-added = Eine E-Mail-Adresse wurde hinzugefügt
account-event-email-verified = Eine E-Mail-Adresse wurde bestätigt
account-event-email-changed = Ihre E-Mail-Adresse wurde geändert
account-event-email-removed = Eine E-Mail-Adresse wurde entfernt
account-event-phone-added = Eine Telefonnummer wurde hinzugefügt
account-event-phone-removed = Eine Telefonnummer wurde entfernt
account-event-push-device-added = Ein Gerät für Zustimmungen wurde hinzugefügt
account-event-push-device-removed = Ein Gerät für Zustimmungen wurde entfernt
account-event-push-device-renamed = Ein Gerät für Zustimmungen wurde umbenannt
account-event-push-approval-denied = Eine Anmeldung wurde auf einem Gerät abgelehnt
account-event-device-remembered = Ein Browser wurde gemerkt: In ihm wird kein zweiter Faktor verlangt
account-event-device-forgotten = Ein gemerkter Browser wurde vergessen
account-event-devices-forgotten = Alle gemerkten Browser wurden vergessen
account-event-consent-granted = Einer Anwendung wurde Zugriff gegeben
account-event-consent-revoked = Einer Anwendung wurde der Zugriff entzogen
account-event-identity-linked = Ein Konto andernorts wurde verknüpft
account-event-identity-unlinked = Die Verknüpfung mit einem Konto andernorts wurde entfernt

account-remembered-title = Abgemeldet
account-remembered-forget = Vergessen
account-remembered-forget-name = { $name } in diesem Browser vergessen

account-password-title = Passwort ändern
account-password-none = Sie haben noch kein Passwort. Mit einem können Sie sich auch ohne das anmelden, womit Sie sich jetzt anmelden.
account-password-present = Jetziges Passwort
account-password-new = Neues Passwort
account-password-again = Neues Passwort wiederholen
account-password-end-others = Überall sonst abmelden
account-password-save = Passwort ändern
account-password-present-missing = Geben Sie Ihr jetziges Passwort ein.
account-password-present-wrong = Das ist nicht Ihr jetziges Passwort. Es wurde nichts geändert.
account-password-throttled =
    { $minutes ->
        [one] Zu viele Versuche. Warten Sie eine Minute und versuchen Sie es dann erneut.
       *[other] Zu viele Versuche. Warten Sie { $minutes } Minuten und versuchen Sie es dann erneut.
    }
