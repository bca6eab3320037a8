risk-mail-blocked-subject = A sign-in at { $tenant } was stopped
risk-mail-blocked-text = Somebody signed in to your account at { $tenant } with the right password, and was not let in because it looked unusual.
risk-mail-blocked-what-to-do = If it was you, try again later from where you usually sign in, or ask { $tenant }. If it was not you, somebody knows your password: change it.
