// SPDX-License-Identifier: Apache-2.0

// French puts a narrow no-break space (U+202F) before `?`, `:` and `!`.
extension PageWords {
    static let french = PageWords(
        choose: Choose(
            title: "Choisissez un nouveau mot de passe",
            text: "Prenez-en un que vous n’utilisez nulle part ailleurs.",
            password: "Nouveau mot de passe",
            again: "Nouveau mot de passe, encore une fois",
            show: "Afficher le mot de passe",
            rules: "Les règles\u{202F}:",
            button: "Enregistrer le mot de passe",
            missing: "Saisissez un nouveau mot de passe.",
            different: "Les deux mots de passe ne sont pas identiques. Saisissez le nouveau deux fois.",
            refused: "Ce mot de passe ne convient pas. Il doit aussi respecter ces règles\u{202F}:"
        ),
        changed: Changed(
            title: "Votre mot de passe a été réinitialisé",
            text:
                "Vous pouvez maintenant vous connecter avec le nouveau mot de passe. Partout où une session était ouverte, il faudra vous reconnecter.",
            notice: "Vous recevrez un e-mail qui confirme le changement.",
            button: "Continuer vers {name}"
        ),
        link: Link(
            badTitle: "Ce lien n’est plus valable",
            badText:
                "Un lien ne sert qu’une fois et peu de temps, et seul le plus récent fonctionne. Demandez-en un nouveau.",
            incompleteTitle: "Ouvrez le lien reçu par e-mail",
            incompleteText:
                "Cette page a besoin du lien complet de l’e-mail. Ouvrez-le de nouveau, ou demandez-en un autre.",
            button: "Demander un nouveau lien"
        ),
        forgot: Forgot(
            title: "Mot de passe oublié\u{202F}?",
            text:
                "Saisissez l’adresse e-mail de votre compte. Nous vous envoyons un lien pour choisir un nouveau mot de passe.",
            email: "Adresse e-mail",
            button: "Envoyer le lien",
            malformed: "Ce n’est pas une adresse e-mail. Elle doit avoir la forme nom@example.org.",
            sentTitle: "Consultez votre messagerie",
            sentText: "Si cette adresse est enregistrée, un lien de réinitialisation a été envoyé.",
            sentNote:
                "Rien au bout de quelques minutes\u{202F}? Regardez dans les indésirables, ou vérifiez l’adresse et recommencez.",
            again: "Recommencer"
        ),
        later: Later(
            manyTitle: "Trop de demandes",
            manyText: Counted("Veuillez réessayer dans {n} minute.", "Veuillez réessayer dans {n} minutes."),
            downTitle: "Impossible pour le moment",
            downText: "Un de nos services ne répond pas. Veuillez réessayer dans une minute.",
            linkStaysGood: "Votre lien reste valable.",
            button: "Réessayer"
        ),
        never: Never(
            title: "Ce mot de passe ne peut pas être changé ici",
            text:
                "Le mot de passe de votre compte est géré ailleurs. Un nouveau lien n’y changerait rien. Adressez-vous à l’équipe qui gère votre compte."
        ),
        rules: Rules(
            minimumLength: Counted("Au moins {n} caractère", "Au moins {n} caractères"),
            maximumLength: Counted("Au plus {n} caractère", "Au plus {n} caractères"),
            digits: Counted("Au moins {n} chiffre", "Au moins {n} chiffres"),
            upperCase: Counted("Au moins {n} majuscule", "Au moins {n} majuscules"),
            lowerCase: Counted("Au moins {n} minuscule", "Au moins {n} minuscules"),
            specialCharacters: Counted("Au moins {n} caractère spécial", "Au moins {n} caractères spéciaux"),
            noControlCharacters: "Aucun caractère de contrôle",
            notUserName: "Pas votre nom d’utilisateur",
            withoutUserName: "Ne contient pas votre nom d’utilisateur",
            notAddress: "Pas votre adresse e-mail",
            notRecent: Counted("Pas votre mot de passe actuel", "Aucun de vos {n} derniers mots de passe"),
            notBefore: "Pas un mot de passe que vous avez déjà utilisé",
            notWellKnown: "Pas un mot de passe trop courant",
            pattern: "La forme que demande votre organisation"
        )
    )
}
