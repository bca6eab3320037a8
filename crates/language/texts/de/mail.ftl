mail-hello = Guten Tag { $name },
mail-hello-nobody = Guten Tag,
mail-copy-link = Wenn die Schaltfläche nichts bewirkt, kopieren Sie diese Adresse in Ihren Browser:
mail-footer = Sie erhalten diese E-Mail wegen eines Kontos bei { $tenant }.
mail-help = Hilfe
mail-label-when = Wann
mail-label-address = Adresse
mail-label-browser = Browser
mail-label-place = Ort
mail-not-me = Das war ich nicht
mail-not-me-why = Wenn Sie es nicht waren, sagen Sie es hier: Alle Sitzungen enden sofort, und Sie erhalten einen neuen Zugang.
mail-not-me-nowhere = Wenn Sie es nicht waren, ändern Sie Ihr Passwort und benachrichtigen Sie { $tenant } sofort.
mail-was-me = Wenn Sie es waren, ist nichts zu tun.
mail-ignore = Wenn Sie diese E-Mail nicht erwartet haben, ignorieren Sie sie: Es geschieht nichts.
mail-code-nobody = Niemand von { $tenant } fragt Sie jemals nach diesem Code. Geben Sie ihn nur auf der Seite ein, auf der Sie ihn angefordert haben.

mail-invitation-subject = Ihr Konto bei { $tenant }
mail-invitation-text = { $tenant } hat ein Konto für Sie angelegt.
mail-invitation-button = Passwort wählen
mail-invitation-until = Der Link gilt einmal, bis { $time }.

mail-approval-subject = { $client } bittet um Ihre Zustimmung
mail-approval-text = { $client } bittet bei { $tenant } um Ihre Zustimmung.
mail-approval-binding = Die Anwendung zeigt diesen Text. Stimmen Sie nur zu, wenn Sie dort denselben Text sehen.
mail-approval-button = Ansehen
mail-approval-until = Sie können bis { $time } antworten.
mail-approval-not-me = Wenn nicht Sie damit begonnen haben, lehnen Sie dort ab oder ignorieren Sie diese E-Mail.

mail-verify-subject = Bestätigen Sie Ihre E-Mail-Adresse für { $tenant }
mail-verify-text = Jemand, vermutlich Sie, hat diese Adresse für ein Konto bei { $tenant } angegeben. Bestätigen Sie, dass es Ihre ist.
mail-verify-button = Adresse bestätigen
mail-verify-code = Oder geben Sie diesen Code auf der Seite ein, die danach fragt:
mail-verify-until = Das gilt einmal, bis { $time }.

mail-reset-subject = Wählen Sie ein neues Passwort für { $tenant }
mail-reset-text = Jemand, vermutlich Sie, hat das Passwort Ihres Kontos bei { $tenant } vergessen.
mail-reset-button = Neues Passwort wählen
mail-reset-until = Der Link gilt einmal, bis { $time }.
mail-reset-ignore = Wenn Sie es nicht waren, ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.

mail-email-confirm-subject = Bestätigen Sie Ihre neue E-Mail-Adresse für { $tenant }
mail-email-confirm-text = Ihr Konto bei { $tenant } soll diese E-Mail-Adresse erhalten. Bestätigen Sie, dass es Ihre ist.
mail-email-confirm-button = Neue Adresse bestätigen
mail-email-confirm-until = Der Link gilt einmal, bis { $time }.

mail-email-changed-subject = Die E-Mail-Adresse Ihres Kontos bei { $tenant } wurde geändert
mail-email-changed-text = Ihr Konto bei { $tenant } hat eine neue E-Mail-Adresse. E-Mails gehen ab jetzt dorthin und nicht mehr an diese Adresse.

mail-credential-subject = Sicherheit Ihres Kontos bei { $tenant }
mail-credential-password-set = Für Ihr Konto bei { $tenant } wurde ein Passwort festgelegt.
mail-credential-password-changed = Das Passwort Ihres Kontos bei { $tenant } wurde geändert.
mail-credential-password-reset = Das Passwort Ihres Kontos bei { $tenant } war vergessen, und es wurde ein neues gewählt.
mail-credential-passkey-added = Der Passkey „{ $name }“ wurde Ihrem Konto bei { $tenant } hinzugefügt.
mail-credential-passkey-removed = Der Passkey „{ $name }“ wurde aus Ihrem Konto bei { $tenant } entfernt.
mail-credential-totp-added = Ihrem Konto bei { $tenant } wurde eine Authenticator-App hinzugefügt.
mail-credential-totp-removed = Die Authenticator-App wurde aus Ihrem Konto bei { $tenant } entfernt.
mail-credential-recovery-codes = Für Ihr Konto bei { $tenant } wurden neue Wiederherstellungscodes erstellt. Die alten gelten nicht mehr.
mail-credential-recovery-code-used = Ein Wiederherstellungscode Ihres Kontos bei { $tenant } wurde verwendet.
mail-credential-phone-added = Die Telefonnummer { $name } wurde Ihrem Konto bei { $tenant } hinzugefügt.
mail-credential-phone-removed = Die Telefonnummer { $name } wurde aus Ihrem Konto bei { $tenant } entfernt.
mail-credential-device-added = Das Gerät „{ $name }“ wurde Ihrem Konto bei { $tenant } hinzugefügt, um Anmeldungen zu bestätigen.
mail-credential-device-removed = Das Gerät „{ $name }“ wurde aus Ihrem Konto bei { $tenant } entfernt.
mail-credential-second-factors-removed = Alle zweiten Faktoren Ihres Kontos bei { $tenant } wurden entfernt.
mail-credential-identity-linked = Mit { $name } kann man sich nun bei Ihrem Konto bei { $tenant } anmelden.
mail-credential-identity-unlinked = Mit { $name } kann man sich nicht mehr bei Ihrem Konto bei { $tenant } anmelden.

mail-new-device-subject = Neue Anmeldung bei Ihrem Konto bei { $tenant }
mail-new-device-text = Jemand hat sich bei Ihrem Konto bei { $tenant } mit einem Browser oder aus einem Netz angemeldet, die wir bei Ihnen noch nicht gesehen hatten.

mail-code-subject = Ihr Code für { $tenant }
mail-code-text = Mit diesem Code melden Sie sich bei { $tenant } an:
mail-code-until = Er gilt einmal, bis { $time }.
mail-code-ignore = Wenn nicht Sie ihn angefordert haben, ignorieren Sie diese E-Mail. Wenn das oft geschieht, ändern Sie Ihr Passwort.

mail-link-subject = Bei { $tenant } anmelden
mail-link-text = Mit diesem Link melden Sie sich bei { $tenant } an. Öffnen Sie ihn in dem Browser, in dem Sie ihn angefordert haben.
mail-link-button = Anmelden
mail-link-code = Oder geben Sie diesen Code auf der Seite ein, die danach fragt:
mail-link-until = Er gilt einmal, bis { $time }.
mail-link-ignore = Wenn nicht Sie ihn angefordert haben, ignorieren Sie diese E-Mail.

mail-deletion-scheduled-subject = Ihr Konto bei { $tenant } wird gelöscht
mail-deletion-scheduled-text = Ihr Konto bei { $tenant } wird am { $time } mit allem gelöscht, was dazugehört. Bis dahin können Sie es behalten.
mail-deletion-scheduled-button = Mein Konto behalten

mail-deleted-subject = Ihr Konto bei { $tenant } wurde gelöscht
mail-deleted-text = Ihr Konto bei { $tenant } wurde mit allem gelöscht, was dazugehörte. Dies ist die letzte E-Mail dazu.

mail-test-subject = Test-E-Mail von { $tenant }
mail-test-text = Diese E-Mail zeigt, dass { $tenant } E-Mails senden kann. Sie müssen nichts tun.

mail-sms-code = { $code } ist Ihr Code für { $tenant }. Geben Sie ihn niemandem.

mail-push-title = Sind Sie das?
mail-push-text = Jemand meldet sich bei { $tenant } an. Stimmen Sie nur zu, wenn Sie es sind.
