# What an application asks for.
consent-title = Allow { $client }?
consent-asks = { $client } asks for access
consent-destination = The answer goes to { $host }
consent-destination-app = The answer goes to an app on this device ({ $scheme })
consent-unverified-host = Published by { $host }, not checked by { $tenant }: allow it only if you know that site
consent-unverified-registered = It registered itself and was not checked by { $tenant }: allow it only if you know it
consent-wants = It wants to
consent-this-once = And, this once
consent-sensitive = Sensitive
consent-never-password = It never learns your password.
consent-take-back = You can take this permission back at any time.
consent-ask = Ask { $tenant } about it
consent-about = About { $client }:
consent-website = Website
consent-privacy = Privacy policy
consent-terms = Terms

# What the scopes of OpenID Connect mean.
scope-openid = Know who you are
scope-profile = See your name and other profile details
scope-email = See your email address
scope-address = See your postal address
scope-phone = See your phone number
scope-offline_access = Keep access while you are away
scope-offline_access-note = It stays connected when you close it, until you or the organization ends that.
scope-device_sso = Sign you in to the other applications of its maker on this device
scope-in = In { $api }

# Values of what is asked for once.
detail-yes = yes
detail-no = no
detail-nothing = nothing

# Requests that wait for an answer.
request-title = Requests
request-none = Nothing waits for you
request-none-lead = No application asks for your approval now. If one does, it may be for another account of yours, or its time is over.
request-look-again = Look again
request-headline = Your approval is asked for
request-times = Asked { $asked }, until { $until }
request-binding = It says that it shows you this text. Allow only if you see the same there.
request-own = Allow only if it was you who started this.
request-refuse = Refuse
request-allowed = Allowed
request-allowed-lead = The application goes on by itself in a few seconds.
request-refused = Refused
request-refused-lead = The application got nothing.
request-over-title = Too late
request-over = This request is over
request-over-lead = It was answered before, or its time has passed. The application can ask again.
request-what-else = What else waits for you
