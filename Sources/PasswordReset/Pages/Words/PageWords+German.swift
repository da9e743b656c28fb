// SPDX-License-Identifier: Apache-2.0

extension PageWords {
    static let german = PageWords(
        choose: Choose(
            title: "Neues Passwort wählen",
            text: "Nehmen Sie eines, das Sie sonst nirgends verwenden.",
            password: "Neues Passwort",
            again: "Neues Passwort, noch einmal",
            show: "Passwort anzeigen",
            rules: "Diese Regeln gelten:",
            button: "Passwort speichern",
            missing: "Geben Sie ein neues Passwort ein.",
            different: "Die beiden Passwörter sind nicht gleich. Geben Sie das neue zweimal ein.",
            refused: "Dieses Passwort ist nicht möglich. Es muss auch diese Regeln erfüllen:"
        ),
        changed: Changed(
            title: "Ihr Passwort wurde zurückgesetzt",
            text:
                "Sie können sich jetzt mit dem neuen Passwort anmelden. Wo Sie angemeldet waren, müssen Sie sich neu anmelden.",
            notice: "Sie bekommen eine E-Mail, die die Änderung bestätigt.",
            button: "Weiter zu {name}"
        ),
        link: Link(
            badTitle: "Dieser Link ist nicht mehr gültig",
            badText:
                "Ein Link gilt nur einmal und nur für kurze Zeit, und nur der neueste gilt. Fordern Sie einen neuen an.",
            incompleteTitle: "Öffnen Sie den Link in Ihrer E-Mail",
            incompleteText:
                "Diese Seite braucht den ganzen Link aus der E-Mail. Öffnen Sie ihn dort noch einmal, oder fordern Sie einen neuen an.",
            button: "Neuen Link anfordern"
        ),
        forgot: Forgot(
            title: "Passwort vergessen?",
            text:
                "Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen.",
            email: "E-Mail-Adresse",
            button: "Link schicken",
            malformed: "Das ist keine E-Mail-Adresse. Sie sollte aussehen wie name@example.org.",
            sentTitle: "Sehen Sie in Ihr Postfach",
            sentText:
                "Wenn diese E-Mail-Adresse registriert ist, wurde ein Link zum Zurücksetzen verschickt.",
            sentNote:
                "Nach ein paar Minuten noch nichts da? Sehen Sie im Spam-Ordner nach, oder prüfen Sie die Adresse und fordern Sie den Link noch einmal an.",
            again: "Noch einmal anfordern"
        ),
        later: Later(
            manyTitle: "Zu viele Anfragen",
            manyText: Counted(
                "Bitte versuchen Sie es in {n} Minute noch einmal.",
                "Bitte versuchen Sie es in {n} Minuten noch einmal."
            ),
            downTitle: "Im Moment nicht möglich",
            downText: "Auf unserer Seite antwortet etwas nicht. Bitte versuchen Sie es in einer Minute noch einmal.",
            linkStaysGood: "Ihr Link bleibt gültig.",
            button: "Noch einmal versuchen"
        ),
        never: Never(
            title: "Dieses Passwort lässt sich hier nicht ändern",
            text:
                "Das Passwort Ihres Kontos wird an anderer Stelle verwaltet. Ein neuer Link hilft nicht. Bitte wenden Sie sich an die Stelle, die Ihr Konto betreut."
        ),
        rules: Rules(
            minimumLength: Counted("Mindestens {n} Zeichen"),
            maximumLength: Counted("Höchstens {n} Zeichen"),
            digits: Counted("Mindestens {n} Ziffer", "Mindestens {n} Ziffern"),
            upperCase: Counted("Mindestens {n} Großbuchstabe", "Mindestens {n} Großbuchstaben"),
            lowerCase: Counted("Mindestens {n} Kleinbuchstabe", "Mindestens {n} Kleinbuchstaben"),
            specialCharacters: Counted("Mindestens {n} Sonderzeichen"),
            noControlCharacters: "Keine Steuerzeichen",
            notUserName: "Nicht Ihr Benutzername",
            withoutUserName: "Ihr Benutzername kommt darin nicht vor",
            notAddress: "Nicht Ihre E-Mail-Adresse",
            notRecent: Counted("Nicht Ihr bisheriges Passwort", "Keines Ihrer letzten {n} Passwörter"),
            notBefore: "Keines, das Sie schon einmal hatten",
            notWellKnown: "Kein allgemein bekanntes Passwort",
            pattern: "Die Form, die Ihre Organisation verlangt"
        )
    )
}
