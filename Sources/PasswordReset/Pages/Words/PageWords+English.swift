// SPDX-License-Identifier: Apache-2.0

extension PageWords {
    static let english = PageWords(
        choose: Choose(
            title: "Choose a new password",
            text: "Pick one that you do not use anywhere else.",
            password: "New password",
            again: "New password again",
            show: "Show password",
            rules: "The rules:",
            button: "Set new password",
            missing: "Enter a new password.",
            different: "The two passwords are not the same. Enter the new one twice.",
            refused: "This password cannot be used. It also has to meet these rules:"
        ),
        changed: Changed(
            title: "Your password has been reset",
            text: "You can sign in with the new password now. Wherever you were signed in, you have to sign in again.",
            notice: "You will get an email that confirms the change.",
            button: "Go to {name}"
        ),
        link: Link(
            badTitle: "This link no longer works",
            badText: "A link works once and only for a short time, and only the newest one works. Ask for a new one.",
            incompleteTitle: "Open the link in your email",
            incompleteText:
                "This page needs the whole link from the email. Open it there again, or ask for a new one.",
            button: "Ask for a new link"
        ),
        forgot: Forgot(
            title: "Forgot your password?",
            text: "Enter the email address of your account. We will send you a link to choose a new password.",
            email: "Email address",
            button: "Send the link",
            malformed: "This is not an email address. It should look like name@example.org.",
            sentTitle: "Check your mailbox",
            sentText: "If that email is registered, a reset link has been sent.",
            sentNote:
                "Nothing there after a few minutes? Look in the spam folder, or check the address and ask again.",
            again: "Ask again"
        ),
        later: Later(
            manyTitle: "Too many requests",
            manyText: Counted("Please try again in {n} minute.", "Please try again in {n} minutes."),
            downTitle: "Not possible right now",
            downText: "Something on our side is not responding. Please try again in a minute.",
            linkStaysGood: "Your link still works.",
            button: "Try again"
        ),
        never: Never(
            title: "This password cannot be changed here",
            text:
                "The password of your account is kept elsewhere. A new link would not help. Please ask those who look after your account."
        ),
        rules: Rules(
            minimumLength: Counted("At least {n} character", "At least {n} characters"),
            maximumLength: Counted("At most {n} character", "At most {n} characters"),
            digits: Counted("At least {n} digit", "At least {n} digits"),
            upperCase: Counted("At least {n} capital letter", "At least {n} capital letters"),
            lowerCase: Counted("At least {n} small letter", "At least {n} small letters"),
            specialCharacters: Counted("At least {n} special character", "At least {n} special characters"),
            noControlCharacters: "No control characters",
            notUserName: "Not your user name",
            withoutUserName: "Without your user name in it",
            notAddress: "Not your email address",
            notRecent: Counted("Not your current password", "None of your last {n} passwords"),
            notBefore: "Not one that you have used before",
            notWellKnown: "Not a commonly used password",
            pattern: "The form that your organisation asks for"
        )
    )
}
