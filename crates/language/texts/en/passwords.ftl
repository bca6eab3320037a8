password-missing = Choose a password.
password-different = The two passwords are not the same.
password-hint = At least { $least } characters; longer is better. Spaces and every script are welcome.
password-too-short = Use at least { $least } characters.
password-too-long = Use at most 256 characters.
password-same-as-identifier = Choose something other than your user name or email address.
password-breached = This password is in a list of stolen passwords, which attackers try first. Choose another one, and change it wherever you use it.
password-used-before = You have used this password before. Choose one that is new.

password-weak = This password is easy to guess. Add another word or two.
password-weak-personal = This password holds what others know about you, such as your name. Add words that have nothing to do with you.
password-weak-common = This password is one that many people use, or like one. Use a few words that do not belong together.
password-weak-keyboard = Keys beside each other are easy to guess. Use a few words instead.
password-weak-repeats = Repetitions are easy to guess. Use different words instead.
password-weak-sequence = Sequences such as abc or 6543 are easy to guess. Use a few words instead.
password-weak-year = Years are easy to guess. Add another word or two.
password-weak-date = Dates are easy to guess. Use a few words instead.
password-weak-single-word = A single word is easy to guess. Add another word or two.
password-weak-name = Names are easy to guess. Add words that are no names.

password-advice-more-words = Add another word or two. Uncommon words are better.
password-advice-no-need-for-signs = There is no need for capitals, digits or signs.
password-advice-capitals = Capitals do not help much.
password-advice-reversal = A word spelled backwards is not much harder to guess.
password-advice-substitutions = Signs in the place of letters, such as @ for a, do not help much.
password-advice-keyboard = Avoid rows of keys.
password-advice-repeats = Avoid repeated words and characters.
password-advice-sequences = Avoid sequences.
password-advice-dates = Avoid years and dates that have to do with you.

password-fair = This password will do. Another word would make it harder to guess.
password-good = This password is hard to guess.

sign-in-work = Many wrong passwords are being tried here at the moment. Your browser solves a small task first; you need not do anything.
sign-in-work-busy = Your browser is solving the task. You are signed in as soon as it is done.
sign-in-work-missing = Many wrong passwords are being tried here at the moment, so your browser has to solve a small task before you sign in. Enter your password once more.
sign-in-work-script = The task needs JavaScript. Allow it and load this page again, sign in in a browser in which you have signed in before, or try again in an hour.
