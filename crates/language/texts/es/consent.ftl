# Lo que pide una aplicación.
consent-title = ¿Permitir { $client }?
consent-asks = { $client } solicita acceso
consent-destination = La respuesta se enviará a { $host }
consent-destination-app = La respuesta se enviará a una aplicación de este dispositivo ({ $scheme })
consent-unverified-host = Publicada por { $host }, sin comprobar por { $tenant }: permita el acceso solo si conoce ese sitio
consent-unverified-registered = Se ha registrado por sí misma y { $tenant } no la ha comprobado: permita el acceso solo si la conoce
consent-wants = Quiere
consent-this-once = Y, solo esta vez
consent-sensitive = Delicado
consent-never-password = Nunca conocerá su contraseña.
consent-take-back = Puede retirar este permiso en cualquier momento.
consent-ask = Consulte a { $tenant } al respecto
consent-about = Acerca de { $client }:
consent-website = Sitio web
consent-privacy = Política de privacidad
consent-terms = Condiciones de uso

# Qué significan los scopes de OpenID Connect.
scope-openid = Saber quién es usted
scope-profile = Ver su nombre y otros datos de su perfil
scope-email = Ver su dirección de correo electrónico
scope-address = Ver su dirección postal
scope-phone = Ver su número de teléfono
scope-offline_access = Mantener el acceso mientras usted no está
scope-offline_access-note = Sigue conectada cuando la cierra, hasta que usted o la organización le pongan fin.
scope-device_sso = Iniciar su sesión en las demás aplicaciones del mismo fabricante en este dispositivo
scope-in = En { $api }

# Valores de lo que se pide una sola vez.
detail-yes = sí
detail-no = no
detail-nothing = nada

# Solicitudes que esperan una respuesta.
request-title = Solicitudes
request-none = No hay nada pendiente
request-none-lead = Ninguna aplicación solicita ahora su aprobación. Si alguna lo hace, puede que sea para otra de sus cuentas o que su plazo haya terminado.
request-look-again = Volver a mirar
request-headline = Se solicita su aprobación
request-times = Solicitado { $asked }, válido hasta { $until }
request-binding = La aplicación indica que le muestra este texto. Permita el acceso solo si ve el mismo texto en ella.
request-own = Permita el acceso solo si ha sido usted quien lo ha iniciado.
request-refuse = Rechazar
request-allowed = Permitido
request-allowed-lead = La aplicación continuará por sí sola en unos segundos.
request-refused = Rechazado
request-refused-lead = La aplicación no ha recibido nada.
request-over-title = Demasiado tarde
request-over = Esta solicitud ha terminado
request-over-lead = Ya se ha respondido o su plazo ha pasado. La aplicación puede volver a pedirlo.
request-what-else = Ver qué más está pendiente
