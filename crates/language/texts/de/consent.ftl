# Worum eine Anwendung bittet.
consent-title = { $client } zulassen?
consent-asks = { $client } bittet um Zugriff
consent-destination = Die Antwort geht an { $host }
consent-destination-app = Die Antwort geht an eine App auf diesem Gerät ({ $scheme })
consent-unverified-host = Veröffentlicht von { $host }, nicht von { $tenant } geprüft: Lassen Sie den Zugriff nur zu, wenn Sie diese Website kennen
consent-unverified-registered = Die Anwendung hat sich selbst registriert und wurde von { $tenant } nicht geprüft: Lassen Sie den Zugriff nur zu, wenn Sie sie kennen
consent-wants = Sie möchte
consent-this-once = Und dieses eine Mal
consent-sensitive = Sensibel
consent-never-password = Ihr Passwort erfährt sie nie.
consent-take-back = Sie können diese Erlaubnis jederzeit zurücknehmen.
consent-ask = Fragen Sie dazu { $tenant }
consent-about = Über { $client }:
consent-website = Website
consent-privacy = Datenschutzerklärung
consent-terms = Nutzungsbedingungen

# Was die Scopes von OpenID Connect bedeuten.
scope-openid = Wissen, wer Sie sind
scope-profile = Ihren Namen und weitere Profilangaben sehen
scope-email = Ihre E-Mail-Adresse sehen
scope-address = Ihre Postanschrift sehen
scope-phone = Ihre Telefonnummer sehen
scope-offline_access = Den Zugriff behalten, auch wenn Sie nicht da sind
scope-offline_access-note = Sie bleibt verbunden, wenn Sie sie schließen, bis Sie oder die Organisation das beenden.
scope-device_sso = Sie auf diesem Gerät bei den anderen Anwendungen desselben Herstellers anmelden
scope-in = In { $api }

# Werte dessen, worum einmalig gebeten wird.
detail-yes = ja
detail-no = nein
detail-nothing = nichts

# Anfragen, die auf eine Antwort warten.
request-title = Anfragen
request-none = Nichts wartet auf Sie
request-none-lead = Derzeit bittet keine Anwendung um Ihre Zustimmung. Falls doch, gilt die Anfrage vielleicht einem anderen Ihrer Konten, oder ihre Zeit ist abgelaufen.
request-look-again = Noch einmal nachsehen
request-headline = Sie werden um Ihre Zustimmung gebeten
request-times = Angefragt { $asked }, gültig bis { $until }
request-binding = Nach ihren Angaben zeigt die Anwendung Ihnen diesen Text. Stimmen Sie nur zu, wenn Sie dort denselben sehen.
request-own = Stimmen Sie nur zu, wenn Sie selbst damit begonnen haben.
request-refuse = Ablehnen
request-allowed = Zugelassen
request-allowed-lead = Die Anwendung macht in wenigen Sekunden von selbst weiter.
request-refused = Abgelehnt
request-refused-lead = Die Anwendung hat nichts bekommen.
request-over-title = Zu spät
request-over = Diese Anfrage ist vorbei
request-over-lead = Sie wurde schon beantwortet, oder ihre Zeit ist abgelaufen. Die Anwendung kann erneut fragen.
request-what-else = Was sonst auf Sie wartet
