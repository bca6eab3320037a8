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
codes-second-title = Saisissez le code que nous vous avons envoyé
codes-second-mailed = Nous avons envoyé un code à { $address }. Il est valable 10 minutes.
codes-second-code = Code à 6 chiffres
codes-second-hint = Seul le plus récent compte. Ne le communiquez à personne.
codes-second-wrong = Ce code est incorrect. Consultez le message le plus récent, puis réessayez.
codes-use-email = Recevoir un code par e-mail
codes-use-phone = Recevoir un code sur votre téléphone
codes-signing-in-as = Connexion en tant que { $name }
codes-not-you = Ce n’est pas vous ?
codes-remember = { $days ->
    [one] Ne plus demander dans ce navigateur pendant { $days } jour
   *[other] Ne plus demander dans ce navigateur pendant { $days } jours
}
codes-throttled = { $minutes ->
    [one] Trop de tentatives. Attendez { $minutes } minute, puis réessayez.
   *[other] Trop de tentatives. Attendez { $minutes } minutes, puis réessayez.
}
codes-second-texted = Nous avons envoyé un code au téléphone { $number }. Il est valable 10 minutes.
codes-phone-title = Configurer votre téléphone
codes-phone-lead = En plus de votre mot de passe, un code envoyé à votre téléphone vous est demandé, afin qu’un mot de passe volé ne suffise pas.
codes-phone-number = Numéro de téléphone
codes-phone-number-hint = Avec l’indicatif du pays, par exemple +33 1 42 76 40 40. Votre opérateur peut facturer les messages.
codes-phone-send = Envoyer un code
codes-phone-confirm = Activer
codes-phone-other = Utiliser un autre numéro ou renvoyer le code
codes-phone-invalid = Ce n’est pas un numéro de téléphone avec l’indicatif du pays. Commencez par un signe plus.
codes-phone-expired = Ce code est trop ancien, a déjà été utilisé, ou trop de codes incorrects ont été saisis. Faites-en envoyer un autre.
codes-phone-use = Utiliser plutôt des messages texte
codes-own-phone = Téléphone
codes-own-phone-none = Vous n’en avez pas. Des codes peuvent être envoyés à un téléphone par message texte.
codes-own-phone-number = { $number }, ajouté le { $date }
codes-own-phone-add = Ajouter un téléphone
codes-own-phone-remove = Retirer le téléphone
