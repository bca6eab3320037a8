account-nav = Su cuenta
account-nav-overview = Resumen
account-nav-profile = Perfil
account-nav-password = Contraseña
account-nav-security = Segundos factores
account-nav-sessions = Dispositivos
account-nav-applications = Aplicaciones
account-nav-activity = Actividad
account-nav-language = Idioma
account-nav-data = Sus datos
account-error = Error:
account-save = Guardar
account-signed-in-as = Sesión iniciada como { $name }
account-switch = Usar otra cuenta
account-sign-out = Cerrar sesión
account-note-switched = Otra cuenta ha pasado a ser la activa en este navegador o usted ha vuelto a iniciar sesión. No se ha cambiado nada; mire de nuevo la página.
account-note-ended = Sesión cerrada allí.
account-note-saved = Guardado.
account-note-password = A partir de ahora cuenta su nueva contraseña.
account-note-revoked = La aplicación ha perdido su acceso.

account-overview-title = Su cuenta
account-username = Nombre de usuario
account-email = Dirección de correo electrónico
account-email-verified = confirmada
account-email-unverified = sin confirmar
account-email-none = ninguna
account-since = Cuenta desde
account-factors-none = Su cuenta solo está protegida por lo que usa para iniciar sesión. Con un segundo factor, no basta una contraseña robada para iniciar sesión en su nombre.
account-factors =
    { $count ->
        [one] Tiene una aplicación de autenticación.
       *[other] Tiene { $count } aplicaciones de autenticación.
    }
account-passkeys =
    { $count ->
        [one] Tiene una llave de acceso.
       *[other] Tiene { $count } llaves de acceso.
    }
account-codes-left =
    { $count ->
        [0] No queda ningún código de recuperación.
        [one] Queda un código de recuperación.
       *[other] Quedan { $count } códigos de recuperación.
    }
account-codes-few = Cree nuevos, para no quedarse sin acceso cuando no tenga su aplicación a mano.
account-look-after-factors = Gestionar sus segundos factores
account-sessions-count =
    { $count ->
        [one] Solo tiene la sesión iniciada en este navegador.
       *[other] Tiene la sesión iniciada en { $count } navegadores.
    }
account-sessions-look = Ver dónde

account-sessions-title = Dispositivos con la sesión iniciada
account-sessions-lead = Cada línea es un navegador en el que tiene la sesión iniciada. Si no reconoce alguno, cierre su sesión y cambie su contraseña.
account-browser-on = { $browser } en { $system }
account-browser = { $name }
account-browser-unknown-on = Un navegador en { $system }
account-browser-unknown = Un navegador
account-session-this = Este
account-session-address = Dirección de red { $address }
account-session-opened = Sesión iniciada el { $time }.
account-session-used = Último uso: { $time }.
account-session-end = Cerrar sesión
account-sessions-end-others = Cerrar sesión en todos los demás
account-sessions-fine = Las aplicaciones lo saben de inmediato si han pedido que se les avise; si no, la próxima vez que nos pregunten. Los nombres de los navegadores son los que estos indican.

account-profile-title = Su perfil
account-profile-lead = Las aplicaciones a las que permite ver su perfil ven lo que figura aquí.
account-profile-none = Aquí no se puede cambiar nada de su perfil.
account-profile-name = Nombre completo
account-profile-given-name = Nombre
account-profile-family-name = Apellidos
account-profile-middle-name = Segundo nombre
account-profile-nickname = Apodo
account-profile-phone-number = Número de teléfono
account-profile-phone-number-hint = Con el prefijo del país, por ejemplo +34 912 345 678.
account-profile-birthdate = Fecha de nacimiento
account-profile-birthdate-hint = Año, mes y día, por ejemplo 1990-12-31; o solo el año.
account-profile-gender = Género
account-profile-address = Dirección postal
account-profile-zoneinfo = Zona horaria
account-profile-zoneinfo-hint = Un nombre como Europe/Madrid.
account-profile-picture = Dirección de una foto suya
account-profile-profile = Dirección de su página de perfil
account-profile-website = Dirección de su sitio web
account-profile-uri-hint = Empieza por https://
account-profile-wrong = No se ha guardado nada porque hay algo que no es correcto:
account-profile-wrong-text = Este texto es demasiado largo o contiene signos que no se pueden mostrar.
account-profile-wrong-birthdate = Esto no es una fecha. Escriba año, mes y día, por ejemplo 1990-12-31.
account-profile-wrong-phone-number = Esto no es un número de teléfono con el prefijo de su país. Escríbalo como +34 912 345 678.
account-profile-wrong-uri = Esto no es una dirección web. Empieza por https:// y no contiene espacios.
account-profile-wrong-zoneinfo = Esto no es el nombre de una zona horaria. Escríbalo como Europe/Madrid.
account-profile-wrong-locale = Esto no es un idioma.

account-language-title = Idioma
account-language-lead = En qué idioma le hablan las páginas y los correos.
account-language-of-browser = El que pide el navegador

account-applications-title = Aplicaciones con acceso
account-applications-lead = Qué ha permitido, a qué aplicación y desde cuándo.
account-applications-none = No ha permitido nada a ninguna aplicación.
account-application-since = Desde el { $day }.
account-application-used = Último uso: { $day }.
account-application-offline = Sigue conectada cuando usted cierra sesión.
account-application-sensitive = Delicado
account-application-revoke = Retirar el acceso
account-applications-fine = Una aplicación que ha perdido su acceso tiene que volver a pedírselo. Es posible que conserve lo que obtuvo antes.

account-data-title = Sus datos
account-data-text = Un archivo con todo lo que se guarda sobre usted: perfil, dispositivos, aplicaciones y las maneras en que inicia sesión. No contiene secretos como las contraseñas.
account-data-download = Descargar sus datos
account-data-delete-text = Su cuenta se puede eliminar, con todo lo que le pertenece.
account-data-delete = Eliminar su cuenta…

account-delete-title = Eliminar su cuenta
account-delete-text = Su cuenta se eliminará junto con su perfil, sus dispositivos y lo que ha permitido a las aplicaciones. Su sesión se cerrará de inmediato en todas partes. Las aplicaciones conservan lo que hayan guardado sobre usted; diríjase a sus responsables.
account-delete-when =
    { $days ->
        [0] La cuenta se elimina en unos minutos.
        [one] La cuenta se elimina al cabo de un día.
       *[other] La cuenta se elimina al cabo de { $days } días.
    }
account-delete-undo-mail = Hasta entonces puede conservarla: con el enlace del correo que le enviamos o volviendo a iniciar sesión.
account-delete-undo = Hasta entonces puede conservarla volviendo a iniciar sesión.
account-delete-confirmation = Para confirmar, escriba su nombre de usuario { $username }
account-delete-wrong = Este no es su nombre de usuario. No se ha eliminado nada.
account-delete-confirm = Eliminar mi cuenta

account-deletion-title = Su cuenta se eliminará
account-deletion-text = Su sesión se ha cerrado en todas partes. Su cuenta se eliminará el { $time }.

account-keep-title = ¿Conservar su cuenta?
account-keep-text = La cuenta de { $name } se eliminará el { $time }.
account-keep = Conservar mi cuenta
account-keep-fine = Si no fue usted quien quiso eliminarla, consérvela, inicie sesión y cambie su contraseña.
account-keep-unknown = No hay nada que deshacer
account-keep-unknown-text = Este enlace ya se ha utilizado o la cuenta se ha eliminado o conservado de otra manera.
account-keep-unknown-do = Intente iniciar sesión: si funciona, su cuenta está ahí como antes.
account-kept-title = Su cuenta se conserva
account-kept-text = No se eliminará. Puede iniciar sesión como antes.
account-kept-sign-in = Ir a su cuenta

account-activity-title = Actividad
account-activity-lead = Lo que ha ocurrido últimamente en su cuenta. Si algo no ha sido usted, cierre sesión en todos los demás y cambie su contraseña.
account-activity-none = Todavía no se ha registrado nada.
account-activity-newest = Volver a lo más reciente
account-activity-older = Anteriores
account-event = Ha ocurrido algo para lo que esta página no tiene palabras
account-event-session-started = Inicio de sesión
account-event-session-raised = Confirmación con un segundo factor
account-event-session-ended = Cierre de sesión
account-event-sessions-ended = Cierre de sesión en todas partes
account-event-sign-in-failed = Falló un inicio de sesión
account-event-sign-in-throttled = Demasiados inicios de sesión fallidos: los siguientes se rechazaron durante un tiempo
account-event-sign-in-blocked = Se rechazó un inicio de sesión porque parecía arriesgado
account-event-second-factor-asked = Se pidió un segundo factor
account-event-second-factor-failed = Un segundo factor no era correcto
account-event-second-factor-throttled = Demasiados códigos incorrectos: los siguientes se rechazaron durante un tiempo
account-event-second-factor-put-off = Se pospuso la configuración de un segundo factor
account-event-second-factors-removed = Se eliminaron sus segundos factores
account-event-account-created = Se creó su cuenta
account-event-account-deletion-requested = Se pidió la eliminación de su cuenta
account-event-account-deletion-canceled = Finalmente se conservó su cuenta
account-event-account-deleted = Se eliminó su cuenta
account-event-account-exported = Se descargaron sus datos
account-event-account-disowned = Usted nos indicó que algo no había sido usted
account-event-terms-accepted = Usted aceptó las condiciones de uso
account-event-profile-changed = Se cambió su perfil
account-event-password-set = Se estableció una contraseña
account-event-password-changed = Se cambió su contraseña
account-event-password-reset-requested = Se pidió un enlace para una contraseña nueva
account-event-password-reset = Se estableció una contraseña nueva mediante un enlace
account-event-password-locked = Su contraseña se bloqueó hasta que se establezca una nueva
account-event-password-removed = Se eliminó su contraseña
account-event-totp-added = Se añadió una aplicación de autenticación
account-event-totp-removed = Se eliminó una aplicación de autenticación
account-event-passkey-added = Se añadió una llave de acceso
account-event-passkey-renamed = Se cambió el nombre de una llave de acceso
account-event-passkey-removed = Se eliminó una llave de acceso
account-event-passkey-counter-regressed = Es posible que se haya copiado una llave de acceso
account-event-recovery-codes-renewed = Se crearon nuevos códigos de recuperación
account-event-recovery-code-used = Se utilizó un código de recuperación
account-event-email-added = Se añadió una dirección de correo
account-event-email-verified = Se confirmó una dirección de correo
account-event-email-changed = Se cambió su dirección de correo
account-event-email-removed = Se eliminó una dirección de correo
account-event-phone-added = Se añadió un número de teléfono
account-event-phone-removed = Se eliminó un número de teléfono
account-event-push-device-added = Se añadió un dispositivo para aprobaciones
account-event-push-device-removed = Se eliminó un dispositivo para aprobaciones
account-event-push-device-renamed = Se cambió el nombre de un dispositivo para aprobaciones
account-event-push-approval-denied = Se rechazó un inicio de sesión en un dispositivo
account-event-device-remembered = Se recuerda un navegador: en él no se pide un segundo factor
account-event-device-forgotten = Se olvidó un navegador recordado
account-event-devices-forgotten = Se olvidaron todos los navegadores recordados
account-event-consent-granted = Se dio acceso a una aplicación
account-event-consent-revoked = Se retiró el acceso a una aplicación
account-event-identity-linked = Se vinculó una cuenta externa
account-event-identity-unlinked = Se eliminó el vínculo con una cuenta externa

account-remembered-title = Sesión cerrada
account-remembered-forget = Olvidar
account-remembered-forget-name = Olvidar a { $name } en este navegador

account-password-title = Cambiar su contraseña
account-password-none = Todavía no tiene contraseña. Con una también podrá iniciar sesión sin lo que usa ahora.
account-password-present = Contraseña actual
account-password-new = Contraseña nueva
account-password-again = Repita la contraseña nueva
account-password-end-others = Cerrar sesión en todos los demás
account-password-save = Cambiar la contraseña
account-password-present-missing = Introduzca su contraseña actual.
account-password-present-wrong = Esta no es su contraseña actual. No se ha cambiado nada.
account-password-throttled =
    { $minutes ->
        [one] Demasiados intentos. Espere un minuto y vuelva a intentarlo.
       *[other] Demasiados intentos. Espere { $minutes } minutos y vuelva a intentarlo.
    }
