# Accounts elsewhere that are linked to an account.
identity-nav = Linked accounts
identity-title = Linked accounts
identity-lead = Accounts elsewhere that stand for you here: who vouches for one of them vouches for you.
identity-none = No account elsewhere is linked to yours.
identity-since = Linked { $day }.
identity-used = Last used { $day }.
identity-unlink = Unlink
identity-note-unlinked = The link has ended.
identity-last = This is your only way in. Add another one first, such as an email address or a passkey. Nothing was changed.
