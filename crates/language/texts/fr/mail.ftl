mail-hello = Bonjour { $name },
mail-hello-nobody = Bonjour,
mail-copy-link = Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :
mail-footer = Vous recevez cet e-mail en raison d’un compte auprès de { $tenant }.
mail-help = Aide
mail-label-when = Quand
mail-label-address = Adresse
mail-label-browser = Navigateur
mail-label-place = Lieu
mail-not-me = Ce n’était pas moi
mail-not-me-why = Si ce n’était pas vous, signalez-le ici : toutes les sessions prendront fin immédiatement et vous serez guidé vers un nouvel accès.
mail-not-me-nowhere = Si ce n’était pas vous, changez votre mot de passe et prévenez { $tenant } immédiatement.
mail-was-me = Si c’était vous, il n’y a rien à faire.
mail-ignore = Si vous n’attendiez pas cet e-mail, ignorez-le : il ne se passera rien.
mail-code-nobody = Personne de { $tenant } ne vous demandera jamais ce code. Ne le saisissez que sur la page où vous l’avez demandé.

mail-invitation-subject = Votre compte auprès de { $tenant }
mail-invitation-text = { $tenant } a créé un compte pour vous.
mail-invitation-button = Choisir un mot de passe
mail-invitation-until = Le lien est valable une seule fois, jusqu’au { $time }.

mail-approval-subject = { $client } demande votre accord
mail-approval-text = { $client } demande votre accord auprès de { $tenant }.
mail-approval-binding = L’application affiche ce texte. Ne donnez votre accord que si vous y voyez le même texte.
mail-approval-button = Examiner la demande
mail-approval-until = Vous pouvez répondre jusqu’au { $time }.
mail-approval-not-me = Si ce n’est pas vous qui avez commencé, refusez la demande ou ignorez cet e-mail.

mail-verify-subject = Confirmez votre adresse e-mail pour { $tenant }
mail-verify-text = Quelqu’un, sans doute vous, a indiqué cette adresse pour un compte auprès de { $tenant }. Confirmez que c’est bien la vôtre.
mail-verify-button = Confirmer l’adresse
mail-verify-code = Ou saisissez ce code sur la page qui le demande :
mail-verify-until = Valable une seule fois, jusqu’au { $time }.

mail-reset-subject = Choisissez un nouveau mot de passe pour { $tenant }
mail-reset-text = Quelqu’un, sans doute vous, a oublié le mot de passe de votre compte auprès de { $tenant }.
mail-reset-button = Choisir un nouveau mot de passe
mail-reset-until = Le lien est valable une seule fois, jusqu’au { $time }.
mail-reset-ignore = Si ce n’était pas vous, ignorez cet e-mail : votre mot de passe reste inchangé.

mail-email-confirm-subject = Confirmez votre nouvelle adresse e-mail pour { $tenant }
mail-email-confirm-text = Cette adresse e-mail doit être attribuée à votre compte auprès de { $tenant }. Confirmez que c’est bien la vôtre.
mail-email-confirm-button = Confirmer la nouvelle adresse
mail-email-confirm-until = Le lien est valable une seule fois, jusqu’au { $time }.

mail-email-changed-subject = L’adresse e-mail de votre compte auprès de { $tenant } a changé
mail-email-changed-text = Votre compte auprès de { $tenant } a une nouvelle adresse e-mail. Les e-mails y seront désormais envoyés, et plus à celle-ci.

mail-credential-subject = Sécurité de votre compte auprès de { $tenant }
mail-credential-password-set = Un mot de passe a été défini pour votre compte auprès de { $tenant }.
mail-credential-password-changed = Le mot de passe de votre compte auprès de { $tenant } a été modifié.
mail-credential-password-reset = Le mot de passe de votre compte auprès de { $tenant } a été oublié, et un nouveau a été choisi.
mail-credential-passkey-added = La clé d’accès « { $name } » a été ajoutée à votre compte auprès de { $tenant }.
mail-credential-passkey-removed = La clé d’accès « { $name } » a été supprimée de votre compte auprès de { $tenant }.
mail-credential-totp-added = Une application d’authentification a été ajoutée à votre compte auprès de { $tenant }.
mail-credential-totp-removed = L’application d’authentification a été supprimée de votre compte auprès de { $tenant }.
mail-credential-recovery-codes = De nouveaux codes de récupération ont été créés pour votre compte auprès de { $tenant }. Les anciens ne fonctionnent plus.
mail-credential-recovery-code-used = Un code de récupération de votre compte auprès de { $tenant } a été utilisé.
mail-credential-phone-added = Le numéro de téléphone { $name } a été ajouté à votre compte auprès de { $tenant }.
mail-credential-phone-removed = Le numéro de téléphone { $name } a été supprimé de votre compte auprès de { $tenant }.
mail-credential-device-added = L’appareil « { $name } » a été ajouté à votre compte auprès de { $tenant } pour approuver les connexions.
mail-credential-device-removed = L’appareil « { $name } » a été supprimé de votre compte auprès de { $tenant }.
mail-credential-second-factors-removed = Tous les seconds facteurs de votre compte auprès de { $tenant } ont été supprimés.
mail-credential-identity-linked = { $name } peut désormais être utilisé pour se connecter à votre compte auprès de { $tenant }.
mail-credential-identity-unlinked = { $name } ne peut plus être utilisé pour se connecter à votre compte auprès de { $tenant }.

mail-new-device-subject = Nouvelle connexion à votre compte auprès de { $tenant }
mail-new-device-text = Quelqu’un s’est connecté à votre compte auprès de { $tenant } depuis un navigateur ou un réseau que nous n’avions pas encore vu avec vous.

mail-code-subject = Votre code pour { $tenant }
mail-code-text = Ce code vous permet de vous connecter à { $tenant } :
mail-code-until = Il est valable une seule fois, jusqu’au { $time }.
mail-code-ignore = Si ce n’est pas vous qui l’avez demandé, ignorez cet e-mail. Si cela se produit souvent, changez votre mot de passe.

mail-link-subject = Se connecter à { $tenant }
mail-link-text = Ce lien vous permet de vous connecter à { $tenant }. Ouvrez-le dans le navigateur où vous l’avez demandé.
mail-link-button = Se connecter
mail-link-code = Ou saisissez ce code sur la page qui le demande :
mail-link-until = Il est valable une seule fois, jusqu’au { $time }.
mail-link-ignore = Si ce n’est pas vous qui l’avez demandé, ignorez cet e-mail.

mail-deletion-scheduled-subject = Votre compte auprès de { $tenant } va être supprimé
mail-deletion-scheduled-text = Votre compte auprès de { $tenant } sera supprimé le { $time }, avec tout ce qui lui appartient. D’ici là, vous pouvez le conserver.
mail-deletion-scheduled-button = Conserver mon compte

mail-deleted-subject = Votre compte auprès de { $tenant } a été supprimé
mail-deleted-text = Votre compte auprès de { $tenant } a été supprimé, avec tout ce qui lui appartenait. C’est le dernier e-mail à ce sujet.

mail-test-subject = E-mail de test de { $tenant }
mail-test-text = Cet e-mail montre que { $tenant } peut envoyer des e-mails. Vous n’avez rien à faire.

mail-sms-code = { $code } est votre code pour { $tenant }. Ne le donnez à personne.

mail-push-title = Est-ce vous ?
mail-push-text = Quelqu’un se connecte à { $tenant }. N’approuvez que si c’est vous.
