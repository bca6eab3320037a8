mail-hello = Hola, { $name }:
mail-hello-nobody = Hola:
mail-copy-link = Si el botón no funciona, copie esta dirección en su navegador:
mail-footer = Recibe este mensaje por una cuenta en { $tenant }.
mail-help = Ayuda
mail-label-when = Cuándo
mail-label-address = Dirección
mail-label-browser = Navegador
mail-label-place = Lugar
mail-not-me = No he sido yo
mail-not-me-why = Si no ha sido usted, indíquelo aquí: todas las sesiones finalizarán de inmediato y se le guiará hacia un nuevo acceso.
mail-not-me-nowhere = Si no ha sido usted, cambie su contraseña y avise a { $tenant } de inmediato.
mail-was-me = Si ha sido usted, no tiene que hacer nada.
mail-ignore = Si no esperaba este mensaje, ignórelo: no ocurrirá nada.
mail-code-nobody = Nadie de { $tenant } le pedirá nunca este código. Introdúzcalo únicamente en la página en la que lo solicitó.

mail-invitation-subject = Su cuenta en { $tenant }
mail-invitation-text = { $tenant } ha creado una cuenta para usted.
mail-invitation-button = Elegir una contraseña
mail-invitation-until = El enlace sirve una sola vez, hasta { $time }.

mail-approval-subject = { $client } solicita su aprobación
mail-approval-text = { $client } solicita su aprobación en { $tenant }.
mail-approval-binding = La aplicación muestra este texto. Apruebe solo si ve el mismo texto en ella.
mail-approval-button = Ver la solicitud
mail-approval-until = Puede responder hasta { $time }.
mail-approval-not-me = Si no ha sido usted quien lo ha iniciado, rechácelo allí o ignore este mensaje.

mail-verify-subject = Confirme su dirección de correo para { $tenant }
mail-verify-text = Alguien, probablemente usted, ha indicado esta dirección para una cuenta en { $tenant }. Confirme que es suya.
mail-verify-button = Confirmar la dirección
mail-verify-code = O introduzca este código en la página que lo pide:
mail-verify-until = Sirve una sola vez, hasta { $time }.

mail-reset-subject = Elija una contraseña nueva para { $tenant }
mail-reset-text = Alguien, probablemente usted, ha olvidado la contraseña de su cuenta en { $tenant }.
mail-reset-button = Elegir una contraseña nueva
mail-reset-until = El enlace sirve una sola vez, hasta { $time }.
mail-reset-ignore = Si no ha sido usted, ignore este mensaje: su contraseña no cambiará.

mail-email-confirm-subject = Confirme su nueva dirección de correo para { $tenant }
mail-email-confirm-text = Su cuenta en { $tenant } va a tener esta dirección de correo. Confirme que es suya.
mail-email-confirm-button = Confirmar la nueva dirección
mail-email-confirm-until = El enlace sirve una sola vez, hasta { $time }.

mail-email-changed-subject = La dirección de correo de su cuenta en { $tenant } ha cambiado
mail-email-changed-text = Su cuenta en { $tenant } tiene una nueva dirección de correo. A partir de ahora los mensajes se enviarán allí y ya no a esta.

mail-credential-subject = Seguridad de su cuenta en { $tenant }
mail-credential-password-set = Se ha establecido una contraseña para su cuenta en { $tenant }.
mail-credential-password-changed = Se ha cambiado la contraseña de su cuenta en { $tenant }.
mail-credential-password-reset = Se había olvidado la contraseña de su cuenta en { $tenant } y se ha elegido una nueva.
mail-credential-passkey-added = Se ha añadido la llave de acceso «{ $name }» a su cuenta en { $tenant }.
mail-credential-passkey-removed = Se ha eliminado la llave de acceso «{ $name }» de su cuenta en { $tenant }.
mail-credential-totp-added = Se ha añadido una aplicación de autenticación a su cuenta en { $tenant }.
mail-credential-totp-removed = Se ha eliminado la aplicación de autenticación de su cuenta en { $tenant }.
mail-credential-recovery-codes = Se han creado nuevos códigos de recuperación para su cuenta en { $tenant }. Los anteriores ya no sirven.
mail-credential-recovery-code-used = Se ha utilizado un código de recuperación de su cuenta en { $tenant }.
mail-credential-phone-added = Se ha añadido el número de teléfono { $name } a su cuenta en { $tenant }.
mail-credential-phone-removed = Se ha eliminado el número de teléfono { $name } de su cuenta en { $tenant }.
mail-credential-device-added = Se ha añadido el dispositivo «{ $name }» a su cuenta en { $tenant } para aprobar inicios de sesión.
mail-credential-device-removed = Se ha eliminado el dispositivo «{ $name }» de su cuenta en { $tenant }.
mail-credential-second-factors-removed = Se han eliminado todos los segundos factores de su cuenta en { $tenant }.
mail-credential-identity-linked = Ahora se puede usar { $name } para iniciar sesión en su cuenta de { $tenant }.
mail-credential-identity-unlinked = Ya no se puede usar { $name } para iniciar sesión en su cuenta de { $tenant }.

mail-new-device-subject = Nuevo inicio de sesión en su cuenta de { $tenant }
mail-new-device-text = Alguien ha iniciado sesión en su cuenta de { $tenant } desde un navegador o una red que hasta ahora no habíamos visto con usted.

mail-code-subject = Su código para { $tenant }
mail-code-text = Con este código inicia sesión en { $tenant }:
mail-code-until = Sirve una sola vez, hasta { $time }.
mail-code-ignore = Si no lo ha solicitado usted, ignore este mensaje. Si ocurre a menudo, cambie su contraseña.

mail-link-subject = Iniciar sesión en { $tenant }
mail-link-text = Con este enlace inicia sesión en { $tenant }. Ábralo en el navegador en el que lo solicitó.
mail-link-button = Iniciar sesión
mail-link-code = O introduzca este código en la página que lo pide:
mail-link-until = Sirve una sola vez, hasta { $time }.
mail-link-ignore = Si no lo ha solicitado usted, ignore este mensaje.

mail-deletion-scheduled-subject = Su cuenta en { $tenant } se eliminará
mail-deletion-scheduled-text = Su cuenta en { $tenant } se eliminará el { $time }, con todo lo que le pertenece. Hasta entonces puede conservarla.
mail-deletion-scheduled-button = Conservar mi cuenta

mail-deleted-subject = Su cuenta en { $tenant } se ha eliminado
mail-deleted-text = Su cuenta en { $tenant } se ha eliminado, con todo lo que le pertenecía. Este es el último mensaje sobre ella.

mail-test-subject = Mensaje de prueba de { $tenant }
mail-test-text = Este mensaje muestra que { $tenant } puede enviar correo. No tiene que hacer nada.

mail-sms-code = { $code } es su código para { $tenant }. No se lo dé a nadie.

mail-push-title = ¿Es usted?
mail-push-text = Alguien está iniciando sesión en { $tenant }. Apruébelo solo si es usted.
