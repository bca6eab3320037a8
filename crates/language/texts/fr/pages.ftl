# Ce qui figure sur chaque page.
page-continue-to = pour continuer vers { $client }
page-help = Aide
page-privacy = Confidentialité
page-terms = Conditions d’utilisation
page-language = Langue
page-error-title = Erreur : { $title }
page-continue = Continuer
page-cancel = Annuler
page-allow = Autoriser
page-show = Afficher
page-hide = Masquer
page-show-password = Afficher le mot de passe
page-hide-password = Masquer le mot de passe
page-one-moment = Un instant
page-back-to-application = Vous êtes renvoyé vers l’application.
page-signing-out = Déconnexion
page-signing-out-lead = Vous êtes en cours de déconnexion des applications que vous avez utilisées.
page-signed-in-as = Connecté en tant que { $name }
page-signed-in-as-of = Connecté en tant que { $name } ({ $detail })
page-signing-in-as = Connexion en tant que { $name }
page-signing-in-as-of = Connexion en tant que { $name } ({ $detail })
page-not-you = Ce n’est pas vous ?
page-use-another-account = Utiliser un autre compte
page-switched = Vous êtes connecté à un autre compte qu’auparavant ; votre réponse n’a donc pas été prise en compte. Vérifiez à qui la question est posée maintenant, puis répondez à nouveau.
page-close = Vous pouvez fermer cette page.
page-throttled =
    { $minutes ->
        [one] Trop de tentatives. Attendez { $minutes } minute, puis réessayez.
       *[other] Trop de tentatives. Attendez { $minutes } minutes, puis réessayez.
    }

# Se connecter.
sign-in-title = Se connecter
sign-in-lead = pour continuer vers { $client }
sign-in-missing = Il manque quelque chose :
sign-in-login = Adresse e-mail ou nom d’utilisateur
sign-in-password = Mot de passe
sign-in-submit = Se connecter
sign-in-new-here = Nouveau ici ?
sign-in-create-account = Créer un compte
sign-in-choose-account = Choisir un compte déjà connecté
sign-in-login-missing = Saisissez votre adresse e-mail ou votre nom d’utilisateur.
sign-in-password-missing = Saisissez votre mot de passe.
sign-in-refused = Le nom ou le mot de passe n’est pas correct. Vérifiez les deux et réessayez.

# Créer un compte.
sign-up-title = Créer un compte
sign-up-lead = auprès de { $tenant }, pour continuer vers { $client }
sign-up-not-right = Quelque chose ne va pas encore :
sign-up-name = Nom complet (facultatif)
sign-up-password-again = Confirmer le mot de passe
sign-up-submit = Créer le compte
sign-up-have-account = Vous avez déjà un compte ?
sign-up-username-missing = Saisissez une adresse e-mail ou un nom d’utilisateur.
sign-up-username-invalid = Utilisez au plus 128 caractères.
sign-up-email-invalid = Ce n’est pas une adresse e-mail.
sign-up-name-invalid = Utilisez au plus 200 caractères sur une seule ligne.
sign-up-username-taken = Il existe peut-être déjà un compte avec ce nom d’utilisateur. Connectez-vous ou choisissez un autre nom d’utilisateur.
sign-up-email-taken = Aucun compte ne peut être créé avec cette adresse. Connectez-vous si vous en avez un, ou utilisez une autre adresse.

# Choisir un compte.
choose-title = Choisir un compte
choose-sign-out = Déconnecter
choose-sign-out-of = Déconnecter { $name }
choose-sign-out-of-detail = Déconnecter { $name }, { $detail }

# Se déconnecter.
sign-out-title = Se déconnecter ?
sign-out-session = Cela met fin à votre session auprès de { $tenant } dans ce navigateur.
sign-out-signed-in = Dans ce navigateur, vous êtes connecté à { $tenant } en tant que { $name }.
sign-out-signed-in-and-others =
    { $others ->
        [one] Dans ce navigateur, vous êtes connecté à { $tenant } en tant que { $name }, ainsi qu’à { $others } autre compte.
       *[other] Dans ce navigateur, vous êtes connecté à { $tenant } en tant que { $name }, ainsi qu’à { $others } autres comptes.
    }
sign-out-others =
    { $others ->
        [one] Dans ce navigateur, vous êtes connecté à { $others } compte de { $tenant }.
       *[other] Dans ce navigateur, vous êtes connecté à { $others } comptes de { $tenant }.
    }
sign-out-submit = Se déconnecter
sign-out-this = Se déconnecter de ce compte
sign-out-all = Se déconnecter de tous les comptes
sign-out-everywhere = Se déconnecter partout
sign-out-everywhere-hint = « Partout » vous déconnecte aussi de vos autres navigateurs et appareils, et les applications devront vous demander à nouveau votre accord.
sign-out-stay = Pour rester connecté, fermez cette page ou revenez en arrière.
signed-out-title = Vous êtes déconnecté
signed-out-lead = Votre session auprès de { $tenant } est terminée dans ce navigateur.
signed-out-applications = Les applications que vous avez utilisées peuvent vous garder connecté jusqu’à ce que vous vous en déconnectiez aussi. Sur un ordinateur partagé, fermez toutes les fenêtres du navigateur.

# Seconds facteurs.
factor-title = Second facteur
factor-recovery-title = Code de récupération
factor-enter-code = Saisissez le code de votre application
factor-enter-recovery-code = Saisissez un code de récupération
factor-recovery-code = Code de récupération
factor-recovery-code-hint = L’un des codes que vous avez conservés lors de la configuration de votre application. Chacun n’est valable qu’une fois.
factor-code = Code à 6 chiffres
factor-code-hint = Votre application d’authentification en affiche un nouveau toutes les 30 secondes.
factor-remember =
    { $days ->
        [one] Ne plus demander dans ce navigateur pendant { $days } jour
       *[other] Ne plus demander dans ce navigateur pendant { $days } jours
    }
factor-submit = Continuer
factor-use-totp = Utiliser un code de votre application d’authentification
factor-use-recovery-code = Utiliser un code de récupération
factor-code-missing = Saisissez le code.
factor-code-wrong = Ce code n’est pas correct ou a déjà été utilisé. Attendez le suivant, puis réessayez.
factor-recovery-code-wrong = Ce code de récupération n’est pas correct ou a déjà été utilisé. Chacun n’est valable qu’une fois.
factor-needed = Un second facteur est nécessaire
factor-needed-none = Vous n’en avez aucun qui soit accepté ici, et cette page ne permet pas d’en configurer un.
factor-needed-ask = Demandez aux responsables de { $tenant } de vous donner accès.
factor-set-up-title = Configurer un second facteur
factor-set-up-lead = { $tenant } demande, en plus de votre mot de passe, un code d’une application d’authentification, afin qu’un mot de passe volé ne suffise pas. Cela prend une minute ; ensuite, vous continuerez vers { $client }.
factor-set-up-add = 1. Ajoutez ceci à votre application d’authentification
factor-set-up-qr = Code QR à lire avec votre application d’authentification
factor-set-up-no-camera = Pas d’appareil photo sous la main ?
factor-set-up-open-app = Ouvrir votre application sur cet appareil
factor-set-up-key = Ou saisissez cette clé dans votre application, en tant que clé temporelle :
factor-set-up-enter = 2. Saisissez le code qu’elle affiche
factor-set-up-submit = Activer
factor-set-up-later = Pas maintenant
factor-set-up-due = Vous pouvez reporter cette étape jusqu’au { $date }.
factor-set-up-wrong = Ce code n’est pas correct. Vérifiez que l’heure de votre appareil est juste, puis saisissez le code que votre application affiche maintenant.
factor-own-title = Seconds facteurs
factor-own-headline = Vos seconds facteurs
factor-own-authenticators = Applications d’authentification
factor-own-none = Vous n’en avez aucune. Avec une telle application, un mot de passe volé ne suffit pas pour se connecter à votre place.
factor-own-added = Ajoutée le { $date }
factor-own-added-used = Ajoutée le { $date }, dernière utilisation le { $used }
factor-own-remove = Supprimer
factor-own-remove-this = Supprimer { $name }, ajoutée le { $date }
factor-own-add = Ajouter une application d’authentification
factor-own-codes = Codes de récupération
factor-own-codes-left =
    { $count ->
        [0] Il n’en reste aucun. Chacun vous donne accès une fois lorsque votre application n’est pas à portée de main.
        [one] Il en reste un. Il vous donne accès une fois lorsque votre application n’est pas à portée de main.
       *[other] Il en reste { $count }. Chacun vous donne accès une fois lorsque votre application n’est pas à portée de main.
    }
factor-own-codes-renew = En créer dix nouveaux
factor-own-browsers = Navigateurs où rien n’est demandé
factor-own-browsers-count =
    { $count ->
        [0] Tous les navigateurs vous demandent un code.
        [one] Dans un navigateur, aucun code ne vous est demandé.
       *[other] Dans { $count } navigateurs, aucun code ne vous est demandé.
    }
factor-own-browsers-forget = Demander à nouveau dans tous
factor-codes-title = Vos codes de récupération
factor-codes-headline = Conservez vos codes de récupération
factor-codes-lead = Votre application d’authentification est configurée. Si vous la perdez un jour, chacun de ces codes vous donnera accès une fois.
factor-codes-once = Ils ne sont affichés que maintenant : imprimez-les ou conservez-les là où vous gardez vos mots de passe.
factor-codes-print = Imprimer
factor-codes-go-on = Continuer vers { $client }
factor-codes-of = Codes de récupération pour { $tenant }

# Connecter un appareil.
device-title = Connecter un appareil
device-question = Ce code est-il affiché sur votre appareil ?
device-the-code-is = Le code est
device-warning = Ne continuez que si votre appareil affiche le même code et si c’est vous qui avez commencé. La personne qui vous a envoyé ce lien essaie peut-être de connecter son propre appareil à votre compte.
device-yes = Oui, continuer
device-phone = Continuer plutôt avec votre téléphone
device-phone-hint = Dirigez son appareil photo vers cette image.
device-qr = Code QR de l’adresse de cette page
device-another-code = Mon appareil affiche un autre code
device-enter = Saisissez le code affiché par votre appareil.
device-code = Code
device-code-hint = Huit lettres. Les majuscules et le tiret n’ont pas d’importance.
device-own-code = Ne saisissez qu’un code que l’un de vos appareils affiche en ce moment, jamais un code que quelqu’un vous a envoyé.
device-code-malformed = Un code comporte huit lettres, par exemple WDJB-MJHT. Regardez à nouveau votre appareil.
device-code-wrong = Aucun appareil n’attend avec ce code. Vérifiez-le ou affichez-en un nouveau sur votre appareil : un code est valable dix minutes.
device-throttled =
    { $minutes ->
        [one] Trop de codes erronés. Attendez { $minutes } minute, puis réessayez.
       *[other] Trop de codes erronés. Attendez { $minutes } minutes, puis réessayez.
    }
device-confirm-title = Connecter { $client } ?
device-confirm-shows = sur un appareil qui affiche ce code
device-confirm-not = Si ce n’est pas le cas, ou si quelqu’un d’autre vous a demandé de le faire, choisissez « Annuler ».
device-confirm-scopes = L’appareil pourra
device-over = Ce code ne peut plus être utilisé
device-over-message = Il a déjà été utilisé, ou dix minutes se sont écoulées.
device-over-what = Affichez un nouveau code sur votre appareil et saisissez-le à l’adresse { $address }.
device-connected = Votre appareil est connecté
device-connected-lead = Vous pouvez revenir à votre appareil. Il poursuivra de lui-même dans quelques secondes.
device-refused = L’appareil n’a pas été connecté
device-refused-lead = Vous avez refusé, et il n’a rien obtenu. Vous pouvez revenir à votre appareil.

# Invitations.
invitation-title = Choisir un mot de passe
invitation-welcome = Bienvenue, { $name }
invitation-lead = Choisissez un mot de passe pour votre compte auprès de { $tenant }.
invitation-user-name = Nom d’utilisateur
invitation-password = Nouveau mot de passe
invitation-password-again = Confirmer le nouveau mot de passe
invitation-submit = Définir le mot de passe
invitation-unusable = Cette invitation ne peut pas être utilisée
invitation-unusable-message = Elle a déjà été utilisée, elle a expiré, ou le lien est incomplet.
invitation-unusable-what = Si vous avez déjà choisi un mot de passe, utilisez-le pour vous connecter. Sinon, demandez un nouveau lien à la personne qui vous a invité.
invitation-accepted = Votre mot de passe est défini
invitation-accepted-lead = Votre compte { $name } auprès de { $tenant } est prêt.
invitation-accepted-what = Ouvrez l’application que vous souhaitez utiliser et connectez-vous-y.
