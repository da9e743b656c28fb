// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// What is known of the SMTP servers that take OAuth tokens.
enum SMTPPreset: String, CaseIterable {
    case gmail
    case microsoft

    /// The preset of a server; nil for one that is not known.
    init?(host: String) {
        switch host {
        case "smtp.gmail.com", "smtp.googlemail.com": self = .gmail
        case "smtp.office365.com", "outlook.office365.com", "smtp-mail.outlook.com": self = .microsoft
        default: return nil
        }
    }

    /// Where to connect when `url` is not set.
    var url: String {
        switch self {
        case .gmail: "smtps://smtp.gmail.com:465"
        case .microsoft: "smtp://smtp.office365.com:587"
        }
    }

    /// The service that completes client files; Microsoft's endpoints hold the tenant, which only the client file can name.
    var service: OAuthService? {
        switch self {
        case .gmail: .google
        case .microsoft: nil
        }
    }

    /// What the token has to allow.
    ///
    /// Microsoft gives a refresh token only to whom asks for `offline_access`.
    var scopes: [String] {
        switch self {
        case .gmail: ["https://mail.google.com/"]
        case .microsoft: ["https://outlook.office.com/SMTP.Send", "offline_access"]
        }
    }
}
