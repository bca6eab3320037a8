codes-error-title = Error:
codes-way-email-code = Enviarme un código por correo
codes-way-magic-link = Enviarme un enlace por correo
codes-mail-title = Revise su correo
codes-code-sent = Si existe una cuenta para { $login }, se está enviando un código a su dirección. Es válido durante 10 minutos.
codes-link-sent = Si existe una cuenta para { $login }, se está enviando un enlace a su dirección. Ábralo en este navegador. Es válido durante 10 minutos.
codes-code = Código de 8 dígitos
codes-code-hint = El código que figura en el correo. No se lo diga nunca a nadie.
codes-link-hint = Solo si lee su correo en otro dispositivo: el código que está debajo del enlace en el correo. No se lo diga nunca a nadie.
codes-submit = Continuar
codes-code-again = Enviar otro código
codes-link-again = Enviar otro enlace
codes-otherwise = Iniciar sesión de otra manera
codes-missing = Introduzca el código.
codes-wrong = Este código no es correcto. Compruebe el correo más reciente y vuelva a intentarlo.
codes-expired = Este código es demasiado antiguo o ya se ha utilizado. Haga que le envíen otro.
codes-link-expired = Este enlace es demasiado antiguo o ya se ha utilizado. Haga que le envíen otro.
codes-over = Demasiados códigos incorrectos. Inicie sesión de otra manera o empiece de nuevo en la aplicación de la que venía.
codes-wait = { $seconds ->
    [one] Espere { $seconds } segundo y vuelva a pedirlo.
   *[other] Espere { $seconds } segundos y vuelva a pedirlo.
}
codes-link-title = Iniciar sesión
codes-link-lead = para continuar a { $client }
codes-link-as = Ha solicitado un enlace para { $login }.
codes-link-submit = Iniciar sesión
codes-elsewhere-title = Este enlace funciona en otro lugar
codes-elsewhere-lead = Funciona durante 10 minutos, una sola vez y únicamente en el navegador en el que se solicitó.
codes-elsewhere-code = Vuelva a ese navegador. Si está en otro dispositivo, introduzca allí el código que figura en el correo o haga que le envíen otro correo.
codes-elsewhere-warning = Si no ha solicitado un enlace, cierre esta página y no haga nada. Quien le pida el código quiere iniciar sesión en su nombre.
codes-second-title = Introduzca el código que le hemos enviado
codes-second-mailed = Hemos enviado un código a { $address }. Es válido durante 10 minutos.
codes-second-code = Código de 6 dígitos
codes-second-hint = Vale el más reciente. No se lo diga a nadie.
codes-second-wrong = Este código no es correcto. Mire el mensaje más reciente e inténtelo de nuevo.
codes-use-email = Recibir un código por correo electrónico
codes-use-phone = Recibir un código en su teléfono
codes-signing-in-as = Inicio de sesión como { $name }
codes-not-you = ¿No es usted?
codes-remember = { $days ->
    [one] No volver a preguntar en este navegador durante un día
   *[other] No volver a preguntar en este navegador durante { $days } días
}
codes-throttled = { $minutes ->
    [one] Demasiados intentos. Espere un minuto e inténtelo de nuevo.
   *[other] Demasiados intentos. Espere { $minutes } minutos e inténtelo de nuevo.
}
codes-second-texted = Hemos enviado un código al teléfono { $number }. Es válido durante 10 minutos.
codes-phone-title = Configure su teléfono
codes-phone-lead = Además de su contraseña se pide un código que enviamos a su teléfono, para que una contraseña robada no baste.
codes-phone-number = Número de teléfono
codes-phone-number-hint = Con el prefijo del país, por ejemplo +34 91 588 10 00. Su operador puede cobrarle los mensajes.
codes-phone-send = Enviar un código
codes-phone-confirm = Activar
codes-phone-other = Usar otro número o recibir de nuevo el código
codes-phone-invalid = Esto no es un número de teléfono con el prefijo del país. Empiece con un signo más.
codes-phone-expired = Este código es demasiado antiguo, ya se usó o hubo demasiados incorrectos. Pida que se le envíe otro.
codes-phone-use = Usar mensajes de texto
codes-own-phone = Teléfono
codes-own-phone-none = No tiene ninguno. Los códigos pueden enviarse a un teléfono como mensajes de texto.
codes-own-phone-number = { $number }, añadido el { $date }
codes-own-phone-add = Añadir un teléfono
codes-own-phone-remove = Quitar el teléfono
