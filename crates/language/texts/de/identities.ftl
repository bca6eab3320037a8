# Konten anderswo, die mit einem Konto verknüpft sind.
identity-nav = Verknüpfte Konten
identity-title = Verknüpfte Konten
identity-lead = Konten anderswo, die hier für Sie stehen: Wer für eines davon bürgt, bürgt für Sie.
identity-none = Kein Konto anderswo ist mit Ihrem verknüpft.
identity-since = Verknüpft am { $day }.
identity-used = Zuletzt verwendet am { $day }.
identity-unlink = Trennen
identity-note-unlinked = Die Verknüpfung ist beendet.
identity-last = Das ist Ihr einziger Zugang. Fügen Sie zuerst einen anderen hinzu, etwa eine E-Mail-Adresse oder einen Passkey. Es wurde nichts geändert.
