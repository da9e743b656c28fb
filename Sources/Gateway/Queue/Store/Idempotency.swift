// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A response stored under an idempotency key.
public struct StoredResponse: Sendable, Hashable {
    public let status: Int
    public let body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

public struct IdempotencyEntry: Sendable, Hashable {
    /// The API key that scopes the idempotency key.
    public let keyID: String
    public let key: String
    /// SHA-256 of path and body.
    public let digest: ContentHash
    public let expiresAt: Timestamp
    public let response: StoredResponse

    public init(keyID: String, key: String, digest: ContentHash, expiresAt: Timestamp, response: StoredResponse) {
        self.keyID = keyID
        self.key = key
        self.digest = digest
        self.expiresAt = expiresAt
        self.response = response
    }
}

/// Stores responses under idempotency keys.
public protocol IdempotencyStore: Sendable {
    /// The entry under a key, unless it has expired.
    func find(keyID: String, key: String, now: Timestamp) async throws(StoreError) -> IdempotencyEntry?
    /// Replaces the first response with a later one (of a request that waited).
    func replace(keyID: String, key: String, response: StoredResponse) async throws(StoreError)
}
