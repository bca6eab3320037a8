password-missing = Choisissez un mot de passe.
password-different = Les deux mots de passe ne sont pas identiques.
password-hint = Au moins { $least } caractères ; plus c’est long, mieux c’est. Les espaces et toutes les écritures sont acceptés.
password-too-short = Utilisez au moins { $least } caractères.
password-too-long = Utilisez au plus 256 caractères.
password-same-as-identifier = Choisissez autre chose que votre nom d’utilisateur ou votre adresse e-mail.
password-used-before = Vous avez déjà utilisé ce mot de passe. Choisissez-en un nouveau.

password-weak = Ce mot de passe est facile à deviner. Ajoutez encore un mot ou deux.
password-weak-personal = Ce mot de passe contient ce que d’autres savent de vous, comme votre nom. Ajoutez des mots qui n’ont rien à voir avec vous.
password-weak-common = Ce mot de passe, ou un semblable, est utilisé par beaucoup de gens. Utilisez quelques mots qui ne vont pas ensemble.
password-weak-keyboard = Les touches voisines sont faciles à deviner. Utilisez plutôt quelques mots.
password-weak-repeats = Les répétitions sont faciles à deviner. Utilisez plutôt des mots différents.
password-weak-sequence = Les suites comme abc ou 6543 sont faciles à deviner. Utilisez plutôt quelques mots.
password-weak-year = Les années sont faciles à deviner. Ajoutez encore un mot ou deux.
password-weak-date = Les dates sont faciles à deviner. Utilisez plutôt quelques mots.
password-weak-single-word = Un seul mot est facile à deviner. Ajoutez encore un mot ou deux.
password-weak-name = Les noms sont faciles à deviner. Ajoutez des mots qui ne sont pas des noms.

password-advice-more-words = Ajoutez encore un mot ou deux. Les mots peu courants sont préférables.
password-advice-no-need-for-signs = Les majuscules, les chiffres et les symboles ne sont pas nécessaires.
password-advice-capitals = Les majuscules n’aident pas beaucoup.
password-advice-reversal = Un mot écrit à l’envers n’est guère plus difficile à deviner.
password-advice-substitutions = Les symboles à la place de lettres, comme @ pour a, n’aident pas beaucoup.
password-advice-keyboard = Évitez les suites de touches.
password-advice-repeats = Évitez les mots et les caractères répétés.
password-advice-sequences = Évitez les suites.
password-advice-dates = Évitez les années et les dates qui vous concernent.

password-breached = Ce mot de passe figure dans une liste de mots de passe volés, que les attaquants essaient en premier. Choisissez-en un autre et changez-le partout où vous l’utilisez.
password-fair = Ce mot de passe convient. Un mot de plus le rendrait plus difficile à deviner.
password-good = Ce mot de passe est difficile à deviner.
sign-in-work = De nombreux mots de passe erronés sont essayés ici en ce moment. Votre navigateur résout d’abord un petit calcul ; vous n’avez rien à faire.
sign-in-work-busy = Votre navigateur effectue le calcul. Vous serez connecté dès qu’il aura terminé.
sign-in-work-missing = De nombreux mots de passe erronés sont essayés ici en ce moment ; votre navigateur doit donc effectuer un petit calcul avant la connexion. Saisissez encore une fois votre mot de passe.
sign-in-work-script = Ce calcul nécessite JavaScript. Autorisez-le et rechargez cette page, connectez-vous dans un navigateur où vous vous êtes déjà connecté, ou réessayez dans une heure.
