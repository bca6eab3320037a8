password-missing = Elija una contraseña.
password-different = Las dos contraseñas no son iguales.
password-hint = Al menos { $least } caracteres; cuanto más larga, mejor. Se admiten espacios y cualquier escritura.
password-too-short = Use al menos { $least } caracteres.
password-too-long = Use como máximo 256 caracteres.
password-same-as-identifier = Elija algo distinto de su nombre de usuario o su dirección de correo electrónico.
password-used-before = Ya ha utilizado esta contraseña. Elija una nueva.

password-weak = Esta contraseña es fácil de adivinar. Añada una o dos palabras más.
password-weak-personal = Esta contraseña contiene datos que otras personas conocen de usted, como su nombre. Añada palabras que no tengan nada que ver con usted.
password-weak-common = Muchas personas usan esta contraseña o una parecida. Use algunas palabras que no guarden relación entre sí.
password-weak-keyboard = Las teclas contiguas son fáciles de adivinar. Use algunas palabras en su lugar.
password-weak-repeats = Las repeticiones son fáciles de adivinar. Use palabras distintas en su lugar.
password-weak-sequence = Las secuencias como abc o 6543 son fáciles de adivinar. Use algunas palabras en su lugar.
password-weak-year = Los años son fáciles de adivinar. Añada una o dos palabras más.
password-weak-date = Las fechas son fáciles de adivinar. Use algunas palabras en su lugar.
password-weak-single-word = Una sola palabra es fácil de adivinar. Añada una o dos palabras más.
password-weak-name = Los nombres son fáciles de adivinar. Añada palabras que no sean nombres.

password-advice-more-words = Añada una o dos palabras más. Son mejores las palabras poco comunes.
password-advice-no-need-for-signs = No hacen falta mayúsculas, cifras ni signos.
password-advice-capitals = Las mayúsculas no ayudan mucho.
password-advice-reversal = Una palabra escrita al revés apenas es más difícil de adivinar.
password-advice-substitutions = Los signos en lugar de letras, como @ por a, no ayudan mucho.
password-advice-keyboard = Evite las filas de teclas.
password-advice-repeats = Evite repetir palabras y caracteres.
password-advice-sequences = Evite las secuencias.
password-advice-dates = Evite los años y las fechas relacionados con usted.

password-breached = Esta contraseña figura en una lista de contraseñas robadas, que los atacantes prueban primero. Elija otra y cámbiela en todos los sitios donde la utilice.
password-fair = Esta contraseña sirve. Con otra palabra sería más difícil de adivinar.
password-good = Esta contraseña es difícil de adivinar.
sign-in-work = En este momento se están probando aquí muchas contraseñas erróneas. Su navegador resuelve primero una pequeña tarea; usted no tiene que hacer nada.
sign-in-work-busy = Su navegador está resolviendo la tarea. Se iniciará la sesión en cuanto termine.
sign-in-work-missing = En este momento se están probando aquí muchas contraseñas erróneas, por lo que su navegador debe resolver una pequeña tarea antes de iniciar la sesión. Introduzca su contraseña una vez más.
sign-in-work-script = La tarea necesita JavaScript. Permítalo y vuelva a cargar esta página, inicie sesión en un navegador en el que ya lo haya hecho antes o inténtelo de nuevo dentro de una hora.
