// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// A login by PLAIN (RFC 4616) or LOGIN, as a sequence of challenges and responses (RFC 4954 section 4).
struct SASLExchange {
    enum Step: Equatable {
        /// The text after 334.
        case challenge(String)
        case credentials(SMTPCredentials)
        /// The response is well formed but can be no login.
        case refused
        case malformed
        case cancelled
    }

    private enum Stage {
        case plain
        case loginUser
        case loginPassword(user: String)
    }

    private var stage: Stage

    /// Nil for a mechanism other than PLAIN and LOGIN.
    init?(mechanism: String) {
        switch mechanism.uppercased() {
        case "PLAIN": stage = .plain
        case "LOGIN": stage = .loginUser
        default: return nil
        }
    }

    /// The first step; `initial` is the response after the mechanism, where `=` is an empty one.
    mutating func begin(_ initial: String?) -> Step {
        guard let initial else { return prompt }
        return respond(initial == "=" ? "" : initial)
    }

    /// Reads one response of the client, in base64.
    mutating func respond(_ line: String) -> Step {
        if line == "*" { return .cancelled }
        guard let bytes = Self.decode(line) else { return .malformed }
        switch stage {
        case .plain: return Self.plain(bytes)
        case .loginUser:
            stage = .loginPassword(user: String(decoding: bytes, as: UTF8.self))
            return prompt
        case .loginPassword(let user):
            return .credentials(SMTPCredentials(user: user, password: Secret(String(decoding: bytes, as: UTF8.self))))
        }
    }

    /// Some devices compare the prompts of LOGIN to the letter.
    private var prompt: Step {
        switch stage {
        case .plain: .challenge("")
        case .loginUser: .challenge(Base64.encode(Array("Username:".utf8)))
        case .loginPassword: .challenge(Base64.encode(Array("Password:".utf8)))
        }
    }

    /// Padding may be missing, as some devices leave it out.
    private static func decode(_ line: String) -> [UInt8]? {
        let digits = line.utf8.count { $0 != UInt8(ascii: "=") }
        let missing = line.utf8.last == UInt8(ascii: "=") ? 0 : (4 - digits % 4) % 4
        return Base64.decode(line + String(repeating: "=", count: missing % 3 == 0 ? 0 : missing))
    }

    private static func plain(_ bytes: [UInt8]) -> Step {
        let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 3, !parts[2].utf8.contains(0) else { return .malformed }
        // No user may act as another.
        guard parts[0].isEmpty || parts[0] == parts[1] else { return .refused }
        return .credentials(SMTPCredentials(user: parts[1], password: Secret(parts[2])))
    }
}
