risk-mail-blocked-subject = Une connexion à { $tenant } a été empêchée
risk-mail-blocked-text = Quelqu’un a voulu se connecter à votre compte auprès de { $tenant } avec le bon mot de passe et n’a pas été admis, car cela semblait inhabituel.
risk-mail-blocked-what-to-do = Si c’était vous, réessayez plus tard depuis l’endroit où vous vous connectez d’habitude, ou adressez-vous à { $tenant }. Si ce n’était pas vous, quelqu’un connaît votre mot de passe : changez-le.
