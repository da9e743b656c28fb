// SPDX-License-Identifier: Apache-2.0
package import Crypto
import FoundationEssentials
package import JSON

/// A password, key or token that is never printed by accident.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself, for the call that needs it.
    public let exposed: String

    public init(_ exposed: String) {
        self.exposed = exposed
    }

    public var description: String { "••••••" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret {
    /// True when `text` is the secret; the time does not depend on where they differ.
    package func matches(_ text: some Collection<UInt8>) -> Bool {
        let key = SymmetricKey(size: .bits256)
        let own = HMAC<SHA256>.authenticationCode(for: Array(exposed.utf8), using: key)
        return HMAC<SHA256>.isValidAuthenticationCode(own, authenticating: Array(text), using: key)
    }
}

/// Encrypts values that must not be stored in clear text: AES-256-GCM under a key that is not in the store.
///
/// A sealed value is bound to a name and opens under that name only, so that it cannot be moved to another row.
package struct SecretSealing: Sendable {
    private struct Key: Sendable {
        let id: String
        let key: SymmetricKey
    }

    /// The first key seals, all of them open.
    private let keys: [Key]

    /// Parses the configured keys, base64 of 32 bytes each; nil when there is none or one is invalid.
    package init?(keys: [Secret]) {
        var known: [Key] = []
        for text in keys {
            guard let bytes = Base64.decode(text.exposed), bytes.count == 32 else { return nil }
            let id = String(ContentHash(of: bytes).description.prefix(8))
            known.append(Key(id: id, key: SymmetricKey(data: bytes)))
        }
        guard !known.isEmpty else { return nil }
        self.keys = known
    }

    /// The id of the sealing key: the first 8 hexadecimal digits of its SHA-256.
    package var keyID: String { keys[0].id }

    /// `{"sealed": "<key id>:<base64>"}`; the base64 holds nonce, ciphertext and tag.
    package func seal(_ content: [UInt8], boundTo name: String) throws(SealingError) -> JSON {
        do {
            let box = try AES.GCM.seal(content, using: keys[0].key, authenticating: Array(name.utf8))
            // `combined` is not nil with a nonce of 12 bytes.
            let bytes = box.combined.map { Array($0) } ?? []
            return ["sealed": .string("\(keyID):\(Base64.encode(bytes))")]
        } catch {
            throw .broken
        }
    }

    /// Secrets that belong to a name, which only the holder of the sealing keys can compute: base64url of HMAC-SHA-256 over
    /// `purpose` and the name, one for each key; the first is for new users, the others were for earlier ones.
    package func derivedSecrets(_ purpose: String, of name: String) -> [Secret] {
        keys.map { key in
            let code = HMAC<SHA256>.authenticationCode(for: Array((purpose + name).utf8), using: key.key)
            return Secret(Base64URL.encode(Array(code)))
        }
    }

    /// Seals a content for a URL: base64url, the same text whenever the content and the key are the same.
    ///
    /// The nonce is derived from the content (a synthetic one, as in RFC 5297), under a key of its own for each `purpose`.
    package func sealedToken(_ content: [UInt8], purpose: String) -> String? {
        guard let key = derivedKeys(for: Self.use(purpose)).first else { return nil }
        let digest = Array(HMAC<SHA256>.authenticationCode(for: content, using: key))
        // Both can fail only for a nonce of another length.
        guard let nonce = try? AES.GCM.Nonce(data: digest.prefix(12)),
            let box = try? AES.GCM.seal(content, using: key, nonce: nonce),
            let bytes = box.combined
        else { return nil }
        return Base64URL.encode(Array(bytes))
    }

    /// The content of ``sealedToken(_:purpose:)``; nil for a text that no configured key sealed for this purpose.
    package func content(ofToken text: String, purpose: String) -> [UInt8]? {
        guard let bytes = Base64URL.decode(text), let box = try? AES.GCM.SealedBox(combined: bytes) else { return nil }
        for key in derivedKeys(for: Self.use(purpose)) {
            // An error says that another key sealed it, or that it was changed.
            if let content = try? AES.GCM.open(box, using: key) { return Array(content) }
        }
        return nil
    }

    private static func use(_ purpose: String) -> String { "token \(purpose)" }

    /// Keys for another use, one for each sealing key (HKDF with SHA-256, RFC 5869); the first is for new values.
    ///
    /// `use` is a label that no other use has, so that what is computed for one use says nothing about another.
    package func derivedKeys(for use: String) -> [SymmetricKey] {
        keys.map { key in
            HKDF<SHA256>.deriveKey(inputKeyMaterial: key.key, info: Array(use.utf8), outputByteCount: SHA256.byteCount)
        }
    }

    /// Opens a content that was sealed under the same name.
    package func open(_ sealed: JSON, boundTo name: String) throws(SealingError) -> [UInt8] {
        guard let text = sealed["sealed"]?.string else { throw .broken }
        return try open(text: text, boundTo: name)
    }

    /// Opens the content of `<key id>:<base64>`.
    package func open(text: String, boundTo name: String) throws(SealingError) -> [UInt8] {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = Base64.decode(String(parts[1])) else { throw .broken }
        guard let key = keys.first(where: { $0.id == parts[0] }) else { throw .unknownKey(String(parts[0].prefix(8))) }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            return Array(try AES.GCM.open(box, using: key.key, authenticating: Array(name.utf8)))
        } catch {
            throw .broken
        }
    }
}

/// Why a sealed value cannot be opened.
package enum SealingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It was sealed with a key that is not configured; contains the key's id.
    case unknownKey(String)
    /// It was changed, or belongs to another name.
    case broken

    package var description: String {
        switch self {
        case .unknownKey(let id): "it was sealed with the key \(id), which is not configured; add it to `sealing_keys`"
        case .broken: "it was changed after it was sealed, or belongs to something else"
        }
    }
}
