# Lo que aparece en todas las páginas.
page-continue-to = para continuar a { $client }
page-help = Ayuda
page-privacy = Privacidad
page-terms = Condiciones de uso
page-language = Idioma
page-error-title = Error: { $title }
page-continue = Continuar
page-cancel = Cancelar
page-allow = Permitir
page-show = Mostrar
page-hide = Ocultar
page-show-password = Mostrar la contraseña
page-hide-password = Ocultar la contraseña
page-one-moment = Un momento
page-back-to-application = Está volviendo a la aplicación.
page-signing-out = Cerrando sesión
page-signing-out-lead = Se está cerrando su sesión en las aplicaciones que ha utilizado.
page-signed-in-as = Sesión iniciada como { $name }
page-signed-in-as-of = Sesión iniciada como { $name } ({ $detail })
page-signing-in-as = Iniciando sesión como { $name }
page-signing-in-as-of = Iniciando sesión como { $name } ({ $detail })
page-not-you = ¿No es usted?
page-use-another-account = Usar otra cuenta
page-switched = Ha iniciado sesión con una cuenta distinta de la anterior, por lo que no se ha tenido en cuenta su respuesta. Compruebe a quién se pregunta ahora y responda de nuevo.
page-close = Puede cerrar esta página.
page-throttled =
    { $minutes ->
        [one] Demasiados intentos. Espere { $minutes } minuto y vuelva a intentarlo.
       *[other] Demasiados intentos. Espere { $minutes } minutos y vuelva a intentarlo.
    }

# Iniciar sesión.
sign-in-title = Iniciar sesión
sign-in-lead = para continuar a { $client }
sign-in-missing = Falta algo:
sign-in-login = Correo electrónico o nombre de usuario
sign-in-password = Contraseña
sign-in-submit = Iniciar sesión
sign-in-new-here = ¿Es su primera vez aquí?
sign-in-create-account = Crear una cuenta
sign-in-choose-account = Elegir una cuenta con la sesión iniciada
sign-in-login-missing = Introduzca su dirección de correo electrónico o su nombre de usuario.
sign-in-password-missing = Introduzca su contraseña.
sign-in-refused = El nombre o la contraseña no son correctos. Compruebe ambos y vuelva a intentarlo.

# Crear una cuenta.
sign-up-title = Crear una cuenta
sign-up-lead = en { $tenant }, para continuar a { $client }
sign-up-not-right = Todavía hay algo que no es correcto:
sign-up-name = Nombre completo (opcional)
sign-up-password-again = Repita la contraseña
sign-up-submit = Crear cuenta
sign-up-have-account = ¿Ya tiene una cuenta?
sign-up-username-missing = Introduzca una dirección de correo electrónico o un nombre de usuario.
sign-up-username-invalid = Use como máximo 128 caracteres.
sign-up-email-invalid = Esto no es una dirección de correo electrónico.
sign-up-name-invalid = Use como máximo 200 caracteres en una sola línea.
sign-up-username-taken = Es posible que ya exista una cuenta con este nombre de usuario. Inicie sesión o elija otro nombre de usuario.
sign-up-email-taken = No se puede crear una cuenta con esta dirección. Inicie sesión si ya tiene una o use otra dirección.

# Elegir una cuenta.
choose-title = Elegir una cuenta
choose-sign-out = Cerrar sesión
choose-sign-out-of = Cerrar la sesión de { $name }
choose-sign-out-of-detail = Cerrar la sesión de { $name }, { $detail }

# Cerrar sesión.
sign-out-title = ¿Cerrar sesión?
sign-out-session = Esto finaliza su sesión en { $tenant } en este navegador.
sign-out-signed-in = En este navegador tiene la sesión iniciada en { $tenant } como { $name }.
sign-out-signed-in-and-others =
    { $others ->
        [one] En este navegador tiene la sesión iniciada en { $tenant } como { $name } y en { $others } cuenta más.
       *[other] En este navegador tiene la sesión iniciada en { $tenant } como { $name } y en { $others } cuentas más.
    }
sign-out-others =
    { $others ->
        [one] En este navegador tiene la sesión iniciada en { $others } cuenta de { $tenant }.
       *[other] En este navegador tiene la sesión iniciada en { $others } cuentas de { $tenant }.
    }
sign-out-submit = Cerrar sesión
sign-out-this = Cerrar la sesión de esta cuenta
sign-out-all = Cerrar la sesión de todas las cuentas
sign-out-everywhere = Cerrar sesión en todas partes
sign-out-everywhere-hint = «En todas partes» también cierra su sesión en los demás navegadores y dispositivos, y las aplicaciones tendrán que volver a pedirle permiso.
sign-out-stay = Para mantener la sesión iniciada, cierre esta página o vuelva atrás.
signed-out-title = Ha cerrado sesión
signed-out-lead = Su sesión en { $tenant } ha finalizado en este navegador.
signed-out-applications = Las aplicaciones que ha utilizado pueden mantener su sesión iniciada hasta que también la cierre en ellas. En un equipo compartido, cierre todas las ventanas del navegador.

# Segundos factores.
factor-title = Segundo factor
factor-recovery-title = Código de recuperación
factor-enter-code = Introduzca el código de su aplicación
factor-enter-recovery-code = Introduzca un código de recuperación
factor-recovery-code = Código de recuperación
factor-recovery-code-hint = Uno de los códigos que guardó al configurar su aplicación. Cada uno sirve una sola vez.
factor-code = Código de 6 dígitos
factor-code-hint = Su aplicación de autenticación muestra uno nuevo cada 30 segundos.
factor-remember =
    { $days ->
        [one] No volver a preguntar en este navegador durante { $days } día
       *[other] No volver a preguntar en este navegador durante { $days } días
    }
factor-submit = Continuar
factor-use-totp = Usar un código de su aplicación de autenticación
factor-use-recovery-code = Usar un código de recuperación
factor-code-missing = Introduzca el código.
factor-code-wrong = Este código no es correcto o ya se ha utilizado. Espere al siguiente y vuelva a intentarlo.
factor-recovery-code-wrong = Este código de recuperación no es correcto o ya se ha utilizado. Cada uno sirve una sola vez.
factor-needed = Se necesita un segundo factor
factor-needed-none = No tiene ninguno que sea válido aquí y en esta página no se puede configurar ninguno.
factor-needed-ask = Pida a los responsables de { $tenant } que le den acceso.
factor-set-up-title = Configurar un segundo factor
factor-set-up-lead = { $tenant } solicita, además de su contraseña, un código de una aplicación de autenticación, para que no baste con una contraseña robada. Solo lleva un minuto; después continuará a { $client }.
factor-set-up-add = 1. Añada esto a su aplicación de autenticación
factor-set-up-qr = Código QR que lee su aplicación de autenticación
factor-set-up-no-camera = ¿No tiene una cámara a mano?
factor-set-up-open-app = Abrir su aplicación en este dispositivo
factor-set-up-key = O introduzca esta clave en su aplicación, como clave basada en el tiempo:
factor-set-up-enter = 2. Introduzca el código que muestra
factor-set-up-submit = Activar
factor-set-up-later = Ahora no
factor-set-up-due = Puede posponerlo hasta el { $date }.
factor-set-up-wrong = Este código no es correcto. Compruebe que la hora de su dispositivo es correcta e introduzca el código que su aplicación muestra ahora.
factor-own-title = Segundos factores
factor-own-headline = Sus segundos factores
factor-own-authenticators = Aplicaciones de autenticación
factor-own-none = No tiene ninguna. Con una, no basta una contraseña robada para iniciar sesión en su nombre.
factor-own-added = Añadida el { $date }
factor-own-added-used = Añadida el { $date }, usada por última vez el { $used }
factor-own-remove = Eliminar
factor-own-remove-this = Eliminar { $name }, añadida el { $date }
factor-own-add = Añadir una aplicación de autenticación
factor-own-codes = Códigos de recuperación
factor-own-codes-left =
    { $count ->
        [0] No queda ninguno. Cada uno le da acceso una vez cuando no tiene su aplicación a mano.
        [one] Queda uno. Le da acceso una vez cuando no tiene su aplicación a mano.
       *[other] Quedan { $count }. Cada uno le da acceso una vez cuando no tiene su aplicación a mano.
    }
factor-own-codes-renew = Crear diez nuevos
factor-own-browsers = Navegadores en los que no se pregunta
factor-own-browsers-count =
    { $count ->
        [0] Todos los navegadores le piden un código.
        [one] En un navegador no se le pide ningún código.
       *[other] En { $count } navegadores no se le pide ningún código.
    }
factor-own-browsers-forget = Volver a preguntar en todos
factor-codes-title = Sus códigos de recuperación
factor-codes-headline = Guarde sus códigos de recuperación
factor-codes-lead = Su aplicación de autenticación está configurada. Si alguna vez la pierde, cada uno de estos códigos le dará acceso una vez.
factor-codes-once = Solo se muestran ahora: imprímalos o guárdelos donde guarda sus contraseñas.
factor-codes-print = Imprimir
factor-codes-go-on = Continuar a { $client }
factor-codes-of = Códigos de recuperación de { $tenant }

# Conectar un dispositivo.
device-title = Conectar un dispositivo
device-question = ¿Se muestra este código en su dispositivo?
device-the-code-is = El código es
device-warning = Continúe solo si su dispositivo muestra el mismo código y si ha sido usted quien ha iniciado esto. Es posible que quien le ha enviado este enlace intente conectar su propio dispositivo a la cuenta de usted.
device-yes = Sí, continuar
device-phone = Continuar con el teléfono
device-phone-hint = Apunte con la cámara a esta imagen.
device-qr = Código QR de la dirección de esta página
device-another-code = Mi dispositivo muestra otro código
device-enter = Introduzca el código que muestra su dispositivo.
device-code = Código
device-code-hint = Ocho letras. Las mayúsculas y el guion no importan.
device-own-code = Introduzca únicamente un código que un dispositivo suyo muestre ahora, nunca uno que le haya enviado otra persona.
device-code-malformed = Un código tiene ocho letras, por ejemplo WDJB-MJHT. Mire otra vez su dispositivo.
device-code-wrong = Ningún dispositivo espera con este código. Compruébelo o haga que su dispositivo muestre uno nuevo: un código dura diez minutos.
device-throttled =
    { $minutes ->
        [one] Demasiados códigos incorrectos. Espere { $minutes } minuto y vuelva a intentarlo.
       *[other] Demasiados códigos incorrectos. Espere { $minutes } minutos y vuelva a intentarlo.
    }
device-confirm-title = ¿Conectar { $client }?
device-confirm-shows = en un dispositivo que muestra este código
device-confirm-not = Si no es así, o si otra persona le ha pedido que haga esto, elija «Cancelar».
device-confirm-scopes = El dispositivo podrá
device-over = Este código ya no se puede usar
device-over-message = Ya se ha utilizado o han pasado diez minutos.
device-over-what = Haga que su dispositivo muestre un código nuevo e introdúzcalo en { $address }.
device-connected = Su dispositivo está conectado
device-connected-lead = Puede volver a su dispositivo. Continuará por sí solo en unos segundos.
device-refused = El dispositivo no se ha conectado
device-refused-lead = Usted lo ha rechazado y el dispositivo no ha recibido nada. Puede volver a su dispositivo.

# Invitaciones.
invitation-title = Elegir una contraseña
invitation-welcome = Le damos la bienvenida, { $name }
invitation-lead = Elija una contraseña para su cuenta en { $tenant }.
invitation-user-name = Nombre de usuario
invitation-password = Contraseña nueva
invitation-password-again = Repita la contraseña nueva
invitation-submit = Establecer la contraseña
invitation-unusable = Esta invitación no se puede usar
invitation-unusable-message = Ya se ha utilizado, ha caducado o el enlace está incompleto.
invitation-unusable-what = Si ya ha elegido una contraseña, inicie sesión con ella. En caso contrario, pida un enlace nuevo a quien le haya invitado.
invitation-accepted = Su contraseña está establecida
invitation-accepted-lead = Su cuenta { $name } en { $tenant } está lista.
invitation-accepted-what = Abra la aplicación que quiera usar e inicie sesión en ella.
