# Ce qu’une application demande.
consent-title = Autoriser { $client } ?
consent-asks = { $client } demande un accès
consent-destination = La réponse sera envoyée à { $host }
consent-destination-app = La réponse sera envoyée à une application de cet appareil ({ $scheme })
consent-unverified-host = Publiée par { $host }, non vérifiée par { $tenant } : n’autorisez l’accès que si vous connaissez ce site
consent-unverified-registered = Cette application s’est enregistrée elle-même et n’a pas été vérifiée par { $tenant } : n’autorisez l’accès que si vous la connaissez
consent-wants = Elle souhaite
consent-this-once = Et, cette fois seulement
consent-sensitive = Sensible
consent-never-password = Elle n’apprendra jamais votre mot de passe.
consent-take-back = Vous pouvez retirer cette autorisation à tout moment.
consent-ask = Adressez-vous pour cela à { $tenant }
consent-about = À propos de { $client } :
consent-website = Site web
consent-privacy = Politique de confidentialité
consent-terms = Conditions d’utilisation

# Ce que signifient les scopes d’OpenID Connect.
scope-openid = Savoir qui vous êtes
scope-profile = Voir votre nom et d’autres informations de profil
scope-email = Voir votre adresse e-mail
scope-address = Voir votre adresse postale
scope-phone = Voir votre numéro de téléphone
scope-offline_access = Conserver l’accès en votre absence
scope-offline_access-note = Elle reste connectée quand vous la fermez, jusqu’à ce que vous ou l’organisation y mettiez fin.
scope-device_sso = Vous connecter, sur cet appareil, aux autres applications du même éditeur
scope-in = Dans { $api }

# Valeurs de ce qui est demandé une seule fois.
detail-yes = oui
detail-no = non
detail-nothing = rien

# Demandes qui attendent une réponse.
request-title = Demandes
request-none = Rien ne vous attend
request-none-lead = Aucune application ne demande votre accord en ce moment. Si l’une le fait, sa demande concerne peut-être un autre de vos comptes, ou son délai est écoulé.
request-look-again = Regarder à nouveau
request-headline = Votre accord est demandé
request-times = Demandé { $asked }, valable jusqu’à { $until }
request-binding = Elle indique vous afficher ce texte. N’autorisez que si vous voyez le même là-bas.
request-own = N’autorisez que si c’est vous qui avez commencé.
request-refuse = Refuser
request-allowed = Autorisé
request-allowed-lead = L’application poursuivra d’elle-même dans quelques secondes.
request-refused = Refusé
request-refused-lead = L’application n’a rien obtenu.
request-over-title = Trop tard
request-over = Cette demande est terminée
request-over-lead = Une réponse a déjà été donnée, ou son délai est écoulé. L’application peut demander à nouveau.
request-what-else = Voir ce qui vous attend encore
