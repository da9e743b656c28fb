// SPDX-License-Identifier: Apache-2.0

extension PageWords {
    static let spanish = PageWords(
        choose: Choose(
            title: "Elija una contraseña nueva",
            text: "Use una que no utilice en ningún otro sitio.",
            password: "Contraseña nueva",
            again: "Contraseña nueva, otra vez",
            show: "Mostrar la contraseña",
            rules: "Las reglas:",
            button: "Guardar la contraseña",
            missing: "Escriba una contraseña nueva.",
            different: "Las dos contraseñas no son iguales. Escriba la nueva dos veces.",
            refused: "Esta contraseña no se puede usar. También debe cumplir estas reglas:"
        ),
        changed: Changed(
            title: "Su contraseña se ha restablecido",
            text:
                "Ya puede iniciar sesión con la contraseña nueva. Donde tenía la sesión abierta, tendrá que iniciarla de nuevo.",
            notice: "Recibirá un correo que confirma el cambio.",
            button: "Ir a {name}"
        ),
        link: Link(
            badTitle: "Este enlace ya no es válido",
            badText:
                "Un enlace sirve una sola vez y por poco tiempo, y solo funciona el más reciente. Pida uno nuevo.",
            incompleteTitle: "Abra el enlace de su correo",
            incompleteText:
                "Esta página necesita el enlace completo del correo. Ábralo otra vez desde allí o pida uno nuevo.",
            button: "Pedir un enlace nuevo"
        ),
        forgot: Forgot(
            title: "¿Ha olvidado su contraseña?",
            text:
                "Escriba la dirección de correo de su cuenta. Le enviaremos un enlace para elegir una contraseña nueva.",
            email: "Dirección de correo electrónico",
            button: "Enviar el enlace",
            malformed: "Esto no es una dirección de correo. Debe tener la forma nombre@example.org.",
            sentTitle: "Revise su correo",
            sentText: "Si esa dirección está registrada, se ha enviado un enlace para restablecer la contraseña.",
            sentNote:
                "¿No llega nada en unos minutos? Mire en la carpeta de correo no deseado, o revise la dirección y pídalo otra vez.",
            again: "Pedirlo otra vez"
        ),
        later: Later(
            manyTitle: "Demasiadas solicitudes",
            manyText: Counted("Inténtelo de nuevo dentro de {n} minuto.", "Inténtelo de nuevo dentro de {n} minutos."),
            downTitle: "No es posible en este momento",
            downText: "Uno de nuestros servicios no responde. Inténtelo de nuevo dentro de un minuto.",
            linkStaysGood: "Su enlace sigue siendo válido.",
            button: "Intentarlo de nuevo"
        ),
        never: Never(
            title: "Esta contraseña no se puede cambiar aquí",
            text:
                "La contraseña de su cuenta se gestiona en otro lugar. Un enlace nuevo no serviría. Póngase en contacto con quien administra su cuenta."
        ),
        rules: Rules(
            minimumLength: Counted("Al menos {n} carácter", "Al menos {n} caracteres"),
            maximumLength: Counted("Como máximo {n} carácter", "Como máximo {n} caracteres"),
            digits: Counted("Al menos {n} cifra", "Al menos {n} cifras"),
            upperCase: Counted("Al menos {n} mayúscula", "Al menos {n} mayúsculas"),
            lowerCase: Counted("Al menos {n} minúscula", "Al menos {n} minúsculas"),
            specialCharacters: Counted("Al menos {n} carácter especial", "Al menos {n} caracteres especiales"),
            noControlCharacters: "Sin caracteres de control",
            notUserName: "No puede ser su nombre de usuario",
            withoutUserName: "No puede contener su nombre de usuario",
            notAddress: "No puede ser su dirección de correo",
            notRecent: Counted("No puede ser su contraseña actual", "Ninguna de sus últimas {n} contraseñas"),
            notBefore: "Ninguna que ya haya usado",
            notWellKnown: "Ninguna contraseña demasiado conocida",
            pattern: "La forma que pide su organización"
        )
    )
}
