// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Submission

/// A person's stay in the console, as its cookie has it.
struct ConsoleSession: Sendable, Hashable {
    /// The API key that was pasted; nil for a one-time link, which acts with every scope and brand.
    let keyID: String?
    let begunAt: Timestamp
    /// Tells sessions apart; unpredictable.
    let nonce: String

    static let lifetime = Duration.seconds(12 * 3600)
    private static let link = "link"

    /// The text that the cookie proves: key, time and nonce.
    var payload: String { "\(keyID ?? Self.link).\(begunAt.milliseconds).\(nonce)" }

    init(keyID: String?, begunAt: Timestamp, nonce: String) {
        (self.keyID, self.begunAt, self.nonce) = (keyID, begunAt, nonce)
    }

    /// Reads a ``payload``; nil for any other text.
    init?(payload: some StringProtocol) {
        let parts = payload.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, !parts[2].isEmpty, let begun = Int64(parts[1]) else { return nil }
        self.init(
            keyID: parts[0] == Self.link ? nil : String(parts[0]),
            begunAt: Timestamp(milliseconds: begun),
            nonce: String(parts[2])
        )
    }

    func isOver(_ now: Timestamp) -> Bool { now - begunAt >= Self.lifetime || begunAt > now + .seconds(60) }
}

/// Makes and checks the cookies of sessions, and the tokens of their forms.
///
/// A cookie carries its session and a code (HMAC-SHA-256) under the gateway's sealing key, so all gateways with that
/// key take it; without a sealing key it holds for this process alone.
final class ConsoleSessions: Sendable {
    private static let cookiePurpose = "console-session "
    private static let formPurpose = "console-form "

    private let sealing: @Sendable () -> SecretSealing?
    private let ownSealing: SecretSealing?
    private let random: @Sendable () -> UInt64
    private let ended = EndedSessions()

    /// `random` returns 64 unpredictable bits; `sealing` the current sealing keys.
    init(random: @escaping @Sendable () -> UInt64, sealing: @escaping @Sendable () -> SecretSealing?) {
        self.random = random
        self.sealing = sealing
        let bytes = (0..<4).flatMap { _ in Self.bytes(random()) }
        ownSealing = SecretSealing(keys: [Secret(Base64.encode(bytes))])
    }

    /// A new session, and the value of its cookie.
    func begin(keyID: String?, now: Timestamp) -> (session: ConsoleSession, cookie: String) {
        let nonce = Base64URL.encode((0..<2).flatMap { _ in Self.bytes(random()) })
        let session = ConsoleSession(keyID: keyID, begunAt: now, nonce: nonce)
        return (session, "\(session.payload).\(codes(Self.cookiePurpose, session).first ?? "")")
    }

    /// The session of a cookie; nil when this gateway did not make it, or it is over.
    func session(_ cookie: String, now: Timestamp) -> ConsoleSession? {
        guard cookie.utf8.count < 512, let dot = cookie.lastIndex(of: "."),
            let session = ConsoleSession(payload: cookie[..<dot]), !session.isOver(now), !ended.contains(session)
        else { return nil }
        let code = String(cookie[cookie.index(after: dot)...])
        return Self.holds(code, among: codes(Self.cookiePurpose, session)) ? session : nil
    }

    /// Ends a session before its time, for this gateway; its browser forgets the cookie.
    func end(_ session: ConsoleSession, now: Timestamp) { ended.add(session, now: now) }

    /// The token without which a form of the session changes nothing.
    func formToken(_ session: ConsoleSession) -> String { codes(Self.formPurpose, session).first ?? "" }

    func isFormToken(_ token: String?, of session: ConsoleSession) -> Bool {
        token.map { Self.holds($0, among: codes(Self.formPurpose, session)) } ?? false
    }

    /// A code for each key; the first is for new cookies.
    private func codes(_ purpose: String, _ session: ConsoleSession) -> [String] {
        ((sealing() ?? ownSealing)?.derivedSecrets(purpose, of: session.payload) ?? []).map(\.exposed)
    }

    /// Compares hashes, so that the time of the comparison says nothing about the code.
    private static func holds(_ code: String, among codes: [String]) -> Bool {
        let hash = ContentHash(of: Array(code.utf8))
        return codes.contains { ContentHash(of: Array($0.utf8)) == hash }
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
