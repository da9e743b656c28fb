// SPDX-License-Identifier: Apache-2.0

/// Why a consent gave no tokens that can be used.
public enum AuthorizationFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The page answered with an error code, and perhaps with words.
    case refused(String, String?)
    /// What came back has no code in it.
    case noCode
    /// What came back belongs to another attempt.
    case foreignAnswer
    case scopeMissing(String)
    case noAccessToken
    case noRefreshToken
    /// Somebody else consented.
    case otherAccount(String)

    public var description: String {
        switch self {
        case .refused("access_denied", _): "consent was refused; run the command again and allow what is asked for"
        case .refused(let code, let words):
            "the sign-in page answered `\(Self.plain(code))`" + (words.map { ": \(Self.plain($0))" } ?? "")
        case .noCode: "there is no `code` with its `state` in it; paste the whole address that the browser was sent to"
        case .foreignAnswer:
            "it answers another attempt (`state` differs); run the command again and use the new address"
        case .scopeMissing(let scope):
            "the right to send was not granted (\(scope)); run the command again and leave its box ticked"
        case .noAccessToken:
            "the token endpoint answered without a usable `access_token`; check `token_uri` in the client file, and run the "
                + "command again"
        case .noRefreshToken:
            "the answer has no refresh token, so mail would stop within the hour; remove the app at "
                + "https://myaccount.google.com/permissions and run the command again"
        case .otherAccount(let owner):
            "\(Self.plain(owner)) has consented, which is not the configured account; sign in as that account, or change "
                + "`account`"
        }
    }

    /// Words from outside, short and without control characters.
    private static func plain(_ text: String) -> String {
        String(text.prefix(200).map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } ?? false ? " " : $0 })
    }
}
