risk-mail-blocked-subject = Eine Anmeldung bei { $tenant } wurde verhindert
risk-mail-blocked-text = Jemand wollte sich mit dem richtigen Passwort bei Ihrem Konto bei { $tenant } anmelden und wurde nicht eingelassen, weil es ungewöhnlich aussah.
risk-mail-blocked-what-to-do = Wenn Sie es waren, versuchen Sie es später von dort, wo Sie sich sonst anmelden, oder fragen Sie { $tenant }. Wenn Sie es nicht waren, kennt jemand Ihr Passwort: Ändern Sie es.
