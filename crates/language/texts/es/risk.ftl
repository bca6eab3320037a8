risk-mail-blocked-subject = Se ha impedido un inicio de sesión en { $tenant }
risk-mail-blocked-text = Alguien intentó iniciar sesión en su cuenta de { $tenant } con la contraseña correcta y no se le dejó entrar porque parecía inusual.
risk-mail-blocked-what-to-do = Si ha sido usted, vuelva a intentarlo más tarde desde donde suele iniciar sesión o consulte a { $tenant }. Si no ha sido usted, alguien conoce su contraseña: cámbiela.
