# Cuentas en otros lugares que están vinculadas a una cuenta.
identity-nav = Cuentas vinculadas
identity-title = Cuentas vinculadas
identity-lead = Cuentas en otros lugares que le representan aquí: quien responde por una de ellas responde por usted.
identity-none = Ninguna cuenta de otro lugar está vinculada a la suya.
identity-since = Vinculada el { $day }.
identity-used = Usada por última vez el { $day }.
identity-unlink = Desvincular
identity-note-unlinked = El vínculo ha terminado.
identity-last = Es su único acceso. Añada antes otro, como una dirección de correo o una llave de acceso. No se ha cambiado nada.
