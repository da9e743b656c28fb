// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery

/// The credentials that sign a request to AWS.
struct AWSCredentials: Sendable, Hashable {
    let accessKeyID: String
    let secretAccessKey: Secret
    /// Nil for the lasting keys of a user; set for the temporary ones of a role.
    let sessionToken: Secret?

    init(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// Reads the credentials from the access token that carries them; nil when it is another token.
    init?(_ token: AccessToken) {
        let lines = token.value.exposed.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 3, !lines[0].isEmpty, !lines[1].isEmpty else { return nil }
        accessKeyID = lines[0]
        secretAccessKey = Secret(lines[1])
        sessionToken = lines[2].isEmpty ? nil : Secret(lines[2])
    }

    /// The credentials as the value of an access token: one part a line.
    var tokenValue: String {
        "\(accessKeyID)\n\(secretAccessKey.exposed)\n\(sessionToken?.exposed ?? "")"
    }

    /// False when a part cannot be used: an empty key, or a blank or control character in any part.
    var isUsable: Bool {
        !accessKeyID.isEmpty && !secretAccessKey.exposed.isEmpty
            && [accessKeyID, secretAccessKey.exposed, sessionToken?.exposed ?? ""].allSatisfy(Self.isVisible)
    }

    /// True for printable ASCII without blanks.
    static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
