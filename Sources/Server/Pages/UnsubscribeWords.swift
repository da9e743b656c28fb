// SPDX-License-Identifier: Apache-2.0

/// The texts of the pages for unsubscribing in one language; `{name}` is the brand.
struct UnsubscribeWords: Sendable, Hashable {
    struct Page: Sendable, Hashable {
        let title: String
        let text: String

        init(_ title: String, _ text: String) { (self.title, self.text) = (title, text) }
    }

    /// Asks before anything changes.
    let ask: Page
    let askButton: String
    /// The recipient gets no mail of the list.
    let done: Page
    /// Some mail does not belong to a list.
    let doneNote: String
    let backText: String
    let backButton: String
    /// The recipient subscribed again.
    let again: Page
    /// The same, but an entry of an operator or a bounce stops the mail.
    let still: Page
    let bad: Page
    let many: Page
    let later: Page

    static func of(_ language: PageLanguage) -> UnsubscribeWords {
        switch language {
        case .arabic: arabic
        case .german: german
        case .english: english
        case .spanish: spanish
        case .french: french
        }
    }
}

// French puts a narrow no-break space (U+202F) before `?`.
extension UnsubscribeWords {
    private static let arabic = UnsubscribeWords(
        ask: Page(
            "إلغاء الاشتراك؟",
            "بعد الضغط على الزر لن يرسل {name} رسائل القائمة {list} إلى {address}."
        ),
        askButton: "إلغاء الاشتراك",
        done: Page(
            "تم إلغاء اشتراكك",
            "لن يرسل {name} رسائل القائمة {list} إلى {address} بعد الآن."
        ),
        doneNote: "قد تصلك رسائل تخص حسابك.",
        backText: "هل كان ذلك خطأ؟",
        backButton: "الاشتراك من جديد",
        again: Page(
            "تم تجديد اشتراكك",
            "سيرسل {name} رسائل القائمة {list} إلى {address} من جديد."
        ),
        still: Page(
            "لن تصلك رسائل بعد",
            "الرسائل إلى {address} متوقفة لسبب آخر لا يستطيع تغييره إلا {name}. يرجى التواصل معهم."
        ),
        bad: Page(
            "هذا الرابط غير كامل",
            "قُطع الرابط أو تغيّر في الطريق. افتحه من الرسالة مرة أخرى، أو انسخه كاملًا إلى شريط العنوان."
        ),
        many: Page(
            "محاولات كثيرة جدًا",
            "يرجى الانتظار بضع دقائق ثم المحاولة مرة أخرى."
        ),
        later: Page(
            "غير ممكن الآن",
            "إحدى خدماتنا لا تستجيب. يرجى المحاولة مرة أخرى بعد دقيقة."
        )
    )

    private static let german = UnsubscribeWords(
        ask: Page(
            "Abbestellen?",
            "Nach einem Klick auf die Schaltfläche schickt {name} keine E-Mails der Liste {list} mehr an {address}."
        ),
        askButton: "Abbestellen",
        done: Page(
            "Sie haben abbestellt",
            "{name} schickt keine E-Mails der Liste {list} mehr an {address}."
        ),
        doneNote: "E-Mails, die Ihr Konto betreffen, können Sie weiterhin erhalten.",
        backText: "War das ein Versehen?",
        backButton: "Wieder abonnieren",
        again: Page(
            "Sie haben wieder abonniert",
            "{name} schickt wieder E-Mails der Liste {list} an {address}."
        ),
        still: Page(
            "Sie erhalten noch keine E-Mails",
            "E-Mails an {address} sind aus einem anderen Grund gestoppt, den nur {name} ändern kann. Bitte wenden Sie sich dorthin."
        ),
        bad: Page(
            "Dieser Link ist nicht vollständig",
            "Er wurde unterwegs gekürzt oder verändert. Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile."
        ),
        many: Page(
            "Zu viele Versuche",
            "Bitte warten Sie einige Minuten und versuchen Sie es dann erneut."
        ),
        later: Page(
            "Im Moment nicht möglich",
            "Einer unserer Dienste antwortet nicht. Bitte versuchen Sie es in einer Minute erneut."
        )
    )

    private static let english = UnsubscribeWords(
        ask: Page(
            "Unsubscribe?",
            "Press the button, and {name} sends no more mail of the list {list} to {address}."
        ),
        askButton: "Unsubscribe",
        done: Page(
            "You are unsubscribed",
            "{name} sends no more mail of the list {list} to {address}."
        ),
        doneNote: "You may still get mail about your account.",
        backText: "Was that a mistake?",
        backButton: "Subscribe again",
        again: Page(
            "You are subscribed again",
            "{name} sends mail of the list {list} to {address} again."
        ),
        still: Page(
            "You get no mail yet",
            "Mail to {address} is stopped for another reason, which only {name} can change. Please write to them."
        ),
        bad: Page(
            "This link is not complete",
            "It was cut or changed on its way. Open it from the mail again, or copy all of it into the address bar."
        ),
        many: Page(
            "Too many attempts",
            "Please wait a few minutes, then try again."
        ),
        later: Page(
            "Not possible right now",
            "Something on our side is not responding. Please try again in a minute."
        )
    )

    private static let spanish = UnsubscribeWords(
        ask: Page(
            "¿Darse de baja?",
            "Al pulsar el botón, {name} dejará de enviar correos de la lista {list} a {address}."
        ),
        askButton: "Darse de baja",
        done: Page(
            "Baja confirmada",
            "{name} ya no envía correos de la lista {list} a {address}."
        ),
        doneNote: "Aún puede recibir correos sobre su cuenta.",
        backText: "¿Fue un error?",
        backButton: "Volver a suscribirse",
        again: Page(
            "Suscripción restablecida",
            "{name} vuelve a enviar correos de la lista {list} a {address}."
        ),
        still: Page(
            "Todavía no recibirá correos",
            "Los correos a {address} están detenidos por otro motivo, que solo {name} puede cambiar. Póngase en contacto con el remitente."
        ),
        bad: Page(
            "Este enlace no está completo",
            "Se cortó o cambió por el camino. Ábralo de nuevo desde el correo, o cópielo entero en la barra de direcciones."
        ),
        many: Page(
            "Demasiados intentos",
            "Espere unos minutos e inténtelo de nuevo."
        ),
        later: Page(
            "No es posible en este momento",
            "Uno de nuestros servicios no responde. Inténtelo de nuevo en un minuto."
        )
    )

    private static let french = UnsubscribeWords(
        ask: Page(
            "Se désabonner\u{202F}?",
            "Après un clic sur le bouton, {name} n’enverra plus d’e-mails de la liste {list} à {address}."
        ),
        askButton: "Se désabonner",
        done: Page(
            "Désabonnement confirmé",
            "{name} n’enverra plus d’e-mails de la liste {list} à {address}."
        ),
        doneNote: "Vous pouvez encore recevoir des e-mails qui concernent votre compte.",
        backText: "C’était une erreur\u{202F}?",
        backButton: "Se réabonner",
        again: Page(
            "Réabonnement confirmé",
            "{name} enverra de nouveau des e-mails de la liste {list} à {address}."
        ),
        still: Page(
            "Pas encore d’e-mails",
            "Les e-mails à {address} sont arrêtés pour une autre raison, que seul {name} peut changer. Veuillez vous y adresser."
        ),
        bad: Page(
            "Ce lien n’est pas complet",
            "Il a été coupé ou modifié en chemin. Ouvrez-le de nouveau depuis l’e-mail, ou copiez-le en entier dans la barre d’adresse."
        ),
        many: Page(
            "Trop de tentatives",
            "Veuillez patienter quelques minutes, puis réessayer."
        ),
        later: Page(
            "Impossible pour le moment",
            "Un de nos services ne répond pas. Veuillez réessayer dans une minute."
        )
    )
}
