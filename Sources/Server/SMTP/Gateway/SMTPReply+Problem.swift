// SPDX-License-Identifier: Apache-2.0
internal import JSON
internal import Mail
internal import Submission

extension SMTPReply {
    static let checked = SMTPReply(250, "2.0.0", "Ok: checked, and not sent, as the mail demands")
    static let keyRevoked = SMTPReply(
        530,
        "5.7.0",
        "The API key was revoked; log in with another one",
        refusal: .unauthenticated
    )
    static let trustedKeyMissing = SMTPReply(
        530,
        "5.7.0",
        "The API key for this network does not exist; ask the operator",
        refusal: .unauthenticated
    )

    /// The reply to a mail that the gateway does not accept.
    ///
    /// A fault of an option names the header field that gave it.
    init(_ problem: Problem, _ options: HeaderOptions = HeaderOptions()) {
        switch problem.status {
        case 409: self = .sameKeyRunning
        case 413: self.init(552, "5.3.4", problem.detail, refusal: .size)
        case 403 where problem.faults.contains { $0.pointer.description == "/from" || $0.pointer.description == "/raw" }:
            self = .fromNotAllowed(problem.detail)
        case 403: self.init(550, "5.7.1", problem.detail, refusal: .sender)
        case 503: self = .storeUnavailable
        case 500...: self = .storeUnavailable
        default: self = .badContent(Self.words(problem, options))
        }
    }

    private static func words(_ problem: Problem, _ options: HeaderOptions) -> String {
        let faults = problem.faults.map { fault in
            let place = fault.pointer.description.drop { $0 == "/" }
            let field = options.fields[String(place)].map { "\($0): " } ?? ""
            return field + fault.detail
        }
        return faults.isEmpty ? problem.detail : faults.joined(separator: "; ")
    }
}
