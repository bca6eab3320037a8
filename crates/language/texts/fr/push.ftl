push-title = Approuvez sur votre appareil
push-lead = Nous avons envoyé une notification à votre appareil. Ouvrez-la et saisissez-y ce nombre :
push-the-number-is = Le nombre est
push-waiting = En attente de votre appareil
push-approved = Votre appareil a approuvé cette connexion.
push-go-on = Continuer
push-again = Envoyer une autre notification
push-use = Approuver sur votre appareil
push-not-yet = Votre appareil n’a pas encore répondu. Saisissez-y le nombre, puis continuez ici.
push-denied = Cette connexion a été refusée sur votre appareil, ou un autre nombre y a été saisi.
push-expired = Cette notification est trop ancienne ou a déjà servi. Faites-en envoyer une autre.
push-wait = { $seconds ->
    [one] Attendez une seconde avant de redemander, ou choisissez un autre moyen.
   *[other] Attendez { $seconds } secondes avant de redemander, ou choisissez un autre moyen.
}
push-set-up-title = Configurer les approbations sur un appareil
push-set-up-lead = Avec l’application de { $tenant }, vous approuvez chaque connexion sur votre appareil : un mot de passe volé ne suffit plus.
push-set-up-scan = 1. Scannez ce code avec l’application
push-set-up-qr = Code QR pour l’application
push-set-up-key = Ou saisissez cette adresse et ce code dans l’application :
push-set-up-number = 2. Saisissez le nombre que l’application affiche
push-number = Nombre
push-number-hint = Deux chiffres. Si l’application indique que le code a déjà servi, faites-en afficher un autre.
push-set-up-submit = Activer
push-set-up-again = Afficher un autre code
push-not-redeemed = L’application n’a pas encore utilisé le code. Scannez-le d’abord.
push-number-missing = Saisissez le nombre que l’application affiche.
push-number-wrong = Ce n’est pas le nombre que l’application affiche.
push-code-new = Ce code n’est plus valable. Scannez celui qui est affiché maintenant.
push-use-instead = Approuver plutôt sur un appareil
push-own-title = Appareils qui approuvent les connexions
push-own-none = Vous n’en avez aucun. Une application sur votre appareil vous permet d’approuver les connexions.
push-own-add = Ajouter un appareil
