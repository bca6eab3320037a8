codes-error-title = Erreur :
codes-way-email-code = M’envoyer un code par e-mail
codes-way-magic-link = M’envoyer un lien par e-mail
codes-mail-title = Consultez votre messagerie
codes-code-sent = S’il existe un compte pour { $login }, un code est en route vers son adresse. Il est valable 10 minutes.
codes-link-sent = S’il existe un compte pour { $login }, un lien est en route vers son adresse. Ouvrez-le dans ce navigateur. Il est valable 10 minutes.
codes-code = Code à 8 chiffres
codes-code-hint = Le code figurant dans l’e-mail. Ne le communiquez jamais à personne.
codes-link-hint = Seulement si vous lisez vos e-mails sur un autre appareil : le code placé sous le lien dans l’e-mail. Ne le communiquez jamais à personne.
codes-submit = Continuer
codes-code-again = Envoyer un autre code
codes-link-again = Envoyer un autre lien
codes-otherwise = Se connecter autrement
codes-missing = Saisissez le code.
codes-wrong = Ce code n’est pas correct. Vérifiez le dernier e-mail reçu, puis réessayez.
codes-expired = Ce code est trop ancien ou a déjà été utilisé. Faites-en envoyer un autre.
codes-link-expired = Ce lien est trop ancien ou a déjà été utilisé. Faites-en envoyer un autre.
codes-over = Trop de codes erronés. Connectez-vous autrement, ou recommencez depuis l’application d’où vous venez.
codes-wait = { $seconds ->
    [one] Attendez { $seconds } seconde, puis demandez à nouveau.
   *[other] Attendez { $seconds } secondes, puis demandez à nouveau.
}
codes-link-title = Se connecter
codes-link-lead = pour continuer vers { $client }
codes-link-as = Vous avez demandé un lien pour { $login }.
codes-link-submit = Se connecter
codes-elsewhere-title = Ce lien fonctionne ailleurs
codes-elsewhere-lead = Il est valable 10 minutes, une seule fois, et uniquement dans le navigateur où il a été demandé.
codes-elsewhere-code = Revenez à ce navigateur. S’il se trouve sur un autre appareil, saisissez-y le code indiqué dans l’e-mail, ou faites envoyer un autre e-mail.
codes-elsewhere-warning = Si vous n’avez pas demandé de lien, fermez cette page et ne faites rien. Quiconque vous demande le code veut se connecter à votre place.
