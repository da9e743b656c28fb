// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// The remedies for failures of the provider with this name.
struct GmailRemedies {
    let provider: String
    let account: String

    private var authorize: String { "run `posthaste tokens authorize \(provider)`" }

    var signIn: String {
        "Google refuses even a new access token: \(authorize) and sign in as \(account)"
    }

    var scope: String {
        "the login does not include the right to send mail: \(authorize) and leave its box ticked; for a service account, "
            + "an administrator adds the scope https://www.googleapis.com/auth/gmail.send under Security, API controls, "
            + "Domain-wide delegation"
    }

    func enableAPI(project: String?) -> String {
        let page = "https://console.developers.google.com/apis/api/gmail.googleapis.com/overview"
        return "enable the Gmail API at \(page)\(project.map { "?project=\($0)" } ?? ""), then wait some minutes"
    }

    var domainPolicy: String {
        "an administrator of the domain has to allow this app: Admin console, Security, API controls, App access control"
    }

    var delegation: String {
        "the token belongs to another mailbox than \(account): \(authorize) and sign in as \(account); for a service "
            + "account, an administrator has to set up domain-wide delegation"
    }

    var forbidden: String { "see what Google says; `posthaste providers check \(provider)` tries it again" }

    var mailService: String {
        "the mailbox \(account) has no Gmail: see in the Admin console that it has a licence and is not suspended"
    }

    var subject: String {
        "a service account needs `account:` to be a mailbox of the domain that has Gmail, and domain-wide delegation; "
            + "any other login needs an account with Gmail"
    }

    var address: String { "check `api_url`; without it \(GmailSettings.defaultURL) is used" }
    var size: String { "Gmail takes messages of at most 35 MiB, attachments included and encoded" }

    var sendingCap: String {
        "the mailbox has sent what Google allows it in 24 hours; mail waits or takes the next provider. Set "
            + "`limits.per_day`, or add a provider to the route"
    }

    var projectQuota: String {
        "the project has used its quota for today, which begins anew at midnight in California; ask for more under APIs & "
            + "Services, Gmail API, Quotas"
    }

    var concurrency: String { "lower `limits.concurrency` to 2 or 1" }
    var rate: String { "lower `limits.per_second`; Google allows a mailbox of a new project one send a second" }
    var lookInSent: String { "look in the Sent folder of \(account) for the message" }

    var noToken: DeliveryError {
        DeliveryError(
            .misconfigured,
            code: "gmail.no_token",
            detail: "there are no tokens to sign in with",
            remedy: authorize
        )
    }

    func otherAccount(_ actual: String) -> DeliveryError {
        DeliveryError(
            .misconfigured,
            code: "gmail.other_account",
            detail: "the tokens belong to \(actual), not to \(account): Gmail would send as \(actual)",
            remedy: "\(authorize) and sign in as \(account), or write `account: \(actual)`"
        )
    }

    func foreignSender(_ sender: EmailAddress) -> String {
        "\(provider): \(account) may not send as \(sender), so Gmail would put \(account) in its place without a word; add "
            + "\(sender) in Gmail's settings under Accounts, \"Send mail as\", and confirm it"
    }

    var unknownSenders: String {
        "\(provider): the login does not allow to see from which addresses \(account) may send; Gmail replaces any other "
            + "From by \(account) without a word. The scope gmail.settings.basic would allow the check"
    }
}
