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
