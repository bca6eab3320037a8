account-nav = Votre compte
account-nav-overview = Vue d’ensemble
account-nav-profile = Profil
account-nav-password = Mot de passe
account-nav-security = Seconds facteurs
account-nav-sessions = Appareils
account-nav-applications = Applications
account-nav-activity = Activité
account-nav-language = Langue
account-nav-data = Vos données
account-error = Erreur :
account-save = Enregistrer
account-signed-in-as = Connecté en tant que { $name }
account-switch = Utiliser un autre compte
account-sign-out = Se déconnecter
account-note-switched = Un autre compte est devenu actif dans ce navigateur, ou vous vous êtes reconnecté. Rien n’a été modifié ; veuillez regarder à nouveau la page.
account-note-ended = Déconnecté là-bas.
account-note-saved = Enregistré.
account-note-password = Votre nouveau mot de passe est désormais valable.
account-note-revoked = L’application a perdu son accès.

account-overview-title = Votre compte
account-username = Nom d’utilisateur
account-email = Adresse e-mail
account-email-verified = confirmée
account-email-unverified = non confirmée
account-email-none = aucune
account-since = Compte depuis
account-factors-none = Votre compte n’est protégé que par ce qui vous sert à vous connecter. Avec un second facteur, un mot de passe volé ne suffit pas pour se connecter à votre place.
account-factors =
    { $count ->
        [one] Vous avez une application d’authentification.
       *[other] Vous avez { $count } applications d’authentification.
    }
account-passkeys =
    { $count ->
        [one] Vous avez une clé d’accès.
       *[other] Vous avez { $count } clés d’accès.
    }
account-codes-left =
    { $count ->
        [0] Il ne reste aucun code de récupération.
        [one] Il reste un code de récupération.
       *[other] Il reste { $count } codes de récupération.
    }
account-codes-few = Créez-en de nouveaux, afin de ne pas rester bloqué lorsque votre application n’est pas à portée de main.
account-look-after-factors = Gérer vos seconds facteurs
account-sessions-count =
    { $count ->
        [one] Vous êtes connecté dans ce navigateur seulement.
       *[other] Vous êtes connecté dans { $count } navigateurs.
    }
account-sessions-look = Voir où

account-sessions-title = Appareils connectés
account-sessions-lead = Chaque ligne est un navigateur dans lequel vous êtes connecté. Si vous n’en reconnaissez pas un, déconnectez-le et changez votre mot de passe.
account-browser-on = { $browser } sous { $system }
account-browser = { $name }
account-browser-unknown-on = Un navigateur sous { $system }
account-browser-unknown = Un navigateur
account-session-this = Celui-ci
account-session-address = Adresse réseau { $address }
account-session-opened = Connecté le { $time }.
account-session-used = Dernière utilisation le { $time }.
account-session-end = Déconnecter
account-sessions-end-others = Se déconnecter partout ailleurs
account-sessions-fine = Les applications l’apprennent immédiatement si elles demandent à être prévenues, sinon la prochaine fois qu’elles nous interrogent. Les noms des navigateurs sont ceux qu’ils indiquent eux-mêmes.

account-profile-title = Votre profil
account-profile-lead = Les applications que vous laissez voir votre profil voient ce qui figure ici.
account-profile-none = Rien ne peut être modifié ici dans votre profil.
account-profile-name = Nom complet
account-profile-given-name = Prénom
account-profile-family-name = Nom de famille
account-profile-middle-name = Deuxième prénom
account-profile-nickname = Surnom
account-profile-phone-number = Numéro de téléphone
account-profile-phone-number-hint = Avec l’indicatif du pays, par exemple +33 1 23 45 67 89.
account-profile-birthdate = Date de naissance
account-profile-birthdate-hint = Année, mois et jour, par exemple 1990-12-31 ; ou l’année seule.
account-profile-gender = Genre
account-profile-address = Adresse postale
account-profile-zoneinfo = Fuseau horaire
account-profile-zoneinfo-hint = Un nom tel que Europe/Paris.
account-profile-picture = Adresse d’une photo de vous
account-profile-profile = Adresse de votre page de profil
account-profile-website = Adresse de votre site web
account-profile-uri-hint = Elle commence par https://
account-profile-wrong = Rien n’a été enregistré, car quelque chose ne va pas :
account-profile-wrong-text = Ce texte est trop long ou contient des signes qui ne peuvent pas être affichés.
account-profile-wrong-birthdate = Ce n’est pas une date. Écrivez l’année, le mois et le jour, par exemple 1990-12-31.
account-profile-wrong-phone-number = Ce n’est pas un numéro de téléphone avec l’indicatif du pays. Écrivez-le comme +33 1 23 45 67 89.
account-profile-wrong-uri = Ce n’est pas une adresse web. Elle commence par https:// et ne contient pas d’espaces.
account-profile-wrong-zoneinfo = Ce n’est pas le nom d’un fuseau horaire. Écrivez-le comme Europe/Paris.
account-profile-wrong-locale = Ce n’est pas une langue.

account-language-title = Langue
account-language-lead = La langue dans laquelle les pages et les e-mails s’adressent à vous.
account-language-of-browser = Celle que demande le navigateur

account-applications-title = Applications ayant accès
account-applications-lead = Ce que vous avez autorisé, à quelle application et depuis quand.
account-applications-none = Vous n’avez rien autorisé à aucune application.
account-application-since = Depuis le { $day }.
account-application-used = Dernière utilisation le { $day }.
account-application-offline = Elle reste connectée lorsque vous vous déconnectez.
account-application-sensitive = Sensible
account-application-revoke = Retirer l’accès
account-applications-fine = Une application qui a perdu son accès doit vous le demander à nouveau. Elle a pu conserver ce qu’elle avait récupéré auparavant.

account-data-title = Vos données
account-data-text = Un fichier contenant tout ce qui est conservé à votre sujet : profil, appareils, applications et moyens de connexion. Il ne contient pas de secrets tels que des mots de passe.
account-data-download = Télécharger vos données
account-data-delete-text = Votre compte peut être supprimé, avec tout ce qui lui appartient.
account-data-delete = Supprimer votre compte…

account-delete-title = Supprimer votre compte
account-delete-text = Votre compte sera supprimé avec votre profil, vos appareils et ce que vous avez autorisé aux applications. Vous serez immédiatement déconnecté partout. Les applications gardent ce qu’elles ont conservé à votre sujet ; adressez-vous à leurs responsables.
account-delete-when =
    { $days ->
        [0] Le compte est supprimé en quelques minutes.
        [one] Le compte est supprimé après un jour.
       *[other] Le compte est supprimé après { $days } jours.
    }
account-delete-undo-mail = D’ici là, vous pouvez le conserver : par le lien contenu dans l’e-mail que nous vous envoyons, ou en vous reconnectant.
account-delete-undo = D’ici là, vous pouvez le conserver en vous reconnectant.
account-delete-confirmation = Pour confirmer, saisissez votre nom d’utilisateur { $username }
account-delete-wrong = Ce n’est pas votre nom d’utilisateur. Rien n’a été supprimé.
account-delete-confirm = Supprimer mon compte

account-deletion-title = Votre compte va être supprimé
account-deletion-text = Vous êtes déconnecté partout. Votre compte sera supprimé le { $time }.

account-keep-title = Conserver votre compte ?
account-keep-text = Le compte de { $name } sera supprimé le { $time }.
account-keep = Conserver mon compte
account-keep-fine = Si ce n’est pas vous qui avez demandé la suppression, conservez le compte, connectez-vous et changez votre mot de passe.
account-keep-unknown = Il n’y a rien à annuler
account-keep-unknown-text = Ce lien a déjà été utilisé, ou le compte a été supprimé ou conservé autrement.
account-keep-unknown-do = Essayez de vous connecter : si cela fonctionne, votre compte est là comme auparavant.
account-kept-title = Votre compte est conservé
account-kept-text = Il ne sera pas supprimé. Vous pouvez vous connecter comme auparavant.
account-kept-sign-in = Accéder à votre compte

account-activity-title = Activité
account-activity-lead = Ce qui s’est passé récemment sur votre compte. Si quelque chose ne venait pas de vous, déconnectez-vous partout ailleurs et changez votre mot de passe.
account-activity-none = Rien n’a encore été enregistré.
account-activity-newest = Revenir au plus récent
account-activity-older = Plus ancien
account-event = Il s’est passé quelque chose que cette page ne sait pas décrire
account-event-session-started = Connexion
account-event-session-raised = Confirmation par un second facteur
account-event-session-ended = Déconnexion
account-event-sessions-ended = Déconnexion partout
account-event-sign-in-failed = Une connexion a échoué
account-event-sign-in-throttled = Trop de connexions échouées : les suivantes ont été refusées pendant un moment
account-event-sign-in-blocked = Une connexion a été refusée parce qu’elle semblait risquée
account-event-second-factor-asked = Un second facteur a été demandé
account-event-second-factor-failed = Un second facteur était erroné
account-event-second-factor-throttled = Trop de codes erronés : les suivants ont été refusés pendant un moment
account-event-second-factor-put-off = La configuration d’un second facteur a été reportée
account-event-second-factors-removed = Vos seconds facteurs ont été supprimés
account-event-account-created = Votre compte a été créé
account-event-account-deletion-requested = La suppression de votre compte a été demandée
account-event-account-deletion-canceled = Votre compte a finalement été conservé
account-event-account-deleted = Votre compte a été supprimé
account-event-account-exported = Vos données ont été téléchargées
account-event-account-disowned = Vous nous avez signalé que quelque chose ne venait pas de vous
account-event-terms-accepted = Vous avez accepté les conditions d’utilisation
account-event-profile-changed = Votre profil a été modifié
account-event-password-set = Un mot de passe a été défini
account-event-password-changed = Votre mot de passe a été modifié
account-event-password-reset-requested = Un lien pour un nouveau mot de passe a été demandé
account-event-password-reset = Un nouveau mot de passe a été défini par un lien
account-event-password-locked = Votre mot de passe a été bloqué jusqu’à ce qu’un nouveau soit défini
account-event-password-removed = Votre mot de passe a été supprimé
account-event-totp-added = Une application d’authentification a été ajoutée
account-event-totp-removed = Une application d’authentification a été supprimée
account-event-passkey-added = Une clé d’accès a été ajoutée
account-event-passkey-renamed = Une clé d’accès a été renommée
account-event-passkey-removed = Une clé d’accès a été supprimée
account-event-passkey-counter-regressed = Une clé d’accès a peut-être été copiée
account-event-recovery-codes-renewed = De nouveaux codes de récupération ont été créés
account-event-recovery-code-used = Un code de récupération a été utilisé
account-event-email-added = Une adresse e-mail a été ajoutée
account-event-email-verified = Une adresse e-mail a été confirmée
account-event-email-changed = Votre adresse e-mail a été modifiée
account-event-email-removed = Une adresse e-mail a été supprimée
account-event-phone-added = Un numéro de téléphone a été ajouté
account-event-phone-removed = Un numéro de téléphone a été supprimé
account-event-push-device-added = Un appareil pour les approbations a été ajouté
account-event-push-device-removed = Un appareil pour les approbations a été supprimé
account-event-push-device-renamed = Un appareil pour les approbations a été renommé
account-event-push-approval-denied = Une connexion a été refusée sur un appareil
account-event-device-remembered = Un navigateur a été mémorisé : aucun second facteur n’y est demandé
account-event-device-forgotten = Un navigateur mémorisé a été oublié
account-event-devices-forgotten = Tous les navigateurs mémorisés ont été oubliés
account-event-consent-granted = Un accès a été donné à une application
account-event-consent-revoked = L’accès d’une application a été retiré
account-event-identity-linked = Un compte externe a été associé
account-event-identity-unlinked = L’association avec un compte externe a été supprimée

account-remembered-title = Déconnectés
account-remembered-forget = Oublier
account-remembered-forget-name = Oublier { $name } dans ce navigateur

account-password-title = Changer votre mot de passe
account-password-none = Vous n’avez pas encore de mot de passe. Avec un mot de passe, vous pourrez aussi vous connecter sans ce qui vous sert maintenant.
account-password-present = Mot de passe actuel
account-password-new = Nouveau mot de passe
account-password-again = Confirmer le nouveau mot de passe
account-password-end-others = Se déconnecter partout ailleurs
account-password-save = Changer le mot de passe
account-password-present-missing = Saisissez votre mot de passe actuel.
account-password-present-wrong = Ce n’est pas votre mot de passe actuel. Rien n’a été modifié.
account-password-throttled =
    { $minutes ->
        [one] Trop de tentatives. Attendez { $minutes } minute, puis réessayez.
       *[other] Trop de tentatives. Attendez { $minutes } minutes, puis réessayez.
    }
