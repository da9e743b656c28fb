// SPDX-License-Identifier: Apache-2.0
import Basics
import Settings

/// The scopes of which one is sufficient, the narrowest first.
enum GmailScope {
    static let forSending = names("gmail.send", "gmail.compose", "gmail.modify")
    static let forDrafts = names("gmail.compose", "gmail.modify")

    private static func names(_ names: String...) -> [String] {
        names.map { "https://www.googleapis.com/auth/\($0)" } + ["https://mail.google.com/"]
    }
}

/// How a message is submitted.
enum GmailDelivery: String, CaseIterable {
    /// In one request.
    case send
    /// As a draft that is then sent, which resolves a lost response.
    case draft
}

/// Reads the settings of one Gmail provider, except its tokens.
struct GmailSettings {
    static let usualAddress = "https://gmail.googleapis.com"
    static let usualTimeout = Duration.seconds(30)

    let timeout: Duration
    let delivery: GmailDelivery
    private let url: Result<HTTPURL, SettingsFault>

    init(_ settings: SettingsReader) {
        url = Self.url(settings)
        let limit = settings.duration("timeout")
        if let limit, limit <= .zero { settings.note("a time limit is longer than nothing", key: "timeout") }
        timeout = limit ?? Self.usualTimeout
        let word = settings.choice("delivery", of: GmailDelivery.allCases.map(\.rawValue))
        delivery = word.flatMap { GmailDelivery(rawValue: $0) } ?? .send
    }

    func address() throws(SettingsFault) -> HTTPURL { try url.get() }

    private static func url(_ settings: SettingsReader) -> Result<HTTPURL, SettingsFault> {
        let text = settings.string("api_url") ?? usualAddress
        guard let url = HTTPURL(text), !url.target.contains("?") else {
            return .failure(fault(settings, "this is no address of an API", "leave it out, or write \(usualAddress)"))
        }
        guard url.isSecure || url.isLoopback else {
            let problem = "the tokens could be read on the way to \(url.host)"
            return .failure(fault(settings, problem, "use https://; http:// is for this machine alone"))
        }
        return .success(url)
    }

    private static func fault(_ settings: SettingsReader, _ problem: String, _ remedy: String) -> SettingsFault {
        SettingsFault(
            at: settings.node("api_url")?.position ?? settings.position,
            path: settings.path.isEmpty ? "api_url" : "\(settings.path).api_url",
            problem: problem,
            remedy: remedy
        )
    }
}
