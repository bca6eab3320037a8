# Les comptes ailleurs qui sont liés à un compte.
identity-nav = Comptes liés
identity-title = Comptes liés
identity-lead = Des comptes ailleurs qui vous représentent ici : qui se porte garant de l’un d’eux se porte garant de vous.
identity-none = Aucun compte ailleurs n’est lié au vôtre.
identity-since = Lié le { $day }.
identity-used = Utilisé pour la dernière fois le { $day }.
identity-unlink = Dissocier
identity-note-unlinked = Le lien est supprimé.
identity-last = C’est votre seul accès. Ajoutez-en d’abord un autre, comme une adresse e-mail ou une clé d’accès. Rien n’a été changé.
