push-title = Apruebe en su dispositivo
push-lead = Hemos enviado un aviso a su dispositivo. Ábralo y escriba allí este número:
push-the-number-is = El número es
push-waiting = Esperando a su dispositivo
push-approved = Su dispositivo ha aprobado este inicio de sesión.
push-go-on = Continuar
push-again = Enviar otro aviso
push-use = Aprobar en su dispositivo
push-not-yet = Su dispositivo aún no ha respondido. Escriba allí el número y continúe después aquí.
push-denied = Este inicio de sesión se rechazó en su dispositivo, o allí se escribió otro número.
push-expired = Este aviso es demasiado antiguo o ya se ha usado. Pida que se envíe otro.
push-wait = { $seconds ->
    [one] Espere un segundo y vuelva a pedirlo, o use otro medio.
   *[other] Espere { $seconds } segundos y vuelva a pedirlo, o use otro medio.
}
push-set-up-title = Configurar aprobaciones en un dispositivo
push-set-up-lead = Con la aplicación de { $tenant } aprueba cada inicio de sesión en su dispositivo, de modo que una contraseña robada no basta.
push-set-up-scan = 1. Escanee este código con la aplicación
push-set-up-qr = Código QR para la aplicación
push-set-up-key = O escriba esta dirección y este código en la aplicación:
push-set-up-number = 2. Escriba el número que muestra la aplicación
push-number = Número
push-number-hint = Dos cifras. Si la aplicación dice que el código ya se ha usado, pida que se muestre otro.
push-set-up-submit = Activar
push-set-up-again = Mostrar otro código
push-not-redeemed = La aplicación aún no ha usado el código. Escanéelo primero.
push-number-missing = Escriba el número que muestra la aplicación.
push-number-wrong = Este no es el número que muestra la aplicación.
push-code-new = Este código ya no vale. Escanee el que se muestra ahora.
push-use-instead = Aprobar en un dispositivo en su lugar
push-own-title = Dispositivos que aprueban inicios de sesión
push-own-none = No tiene ninguno. Con una aplicación en su dispositivo puede aprobar inicios de sesión.
push-own-add = Añadir un dispositivo
