// SPDX-License-Identifier: Apache-2.0
public import Basics
public import JSON

/// A stored OAuth token, in the form of its writer; unknown members are kept.
///
/// The keys identify the form: google-auth for Python (`token`, `expiry`), Node (`expiry_date` in milliseconds), Go
/// (`expiry` with an offset), PHP (`created` and `expires_in`), plain responses (`expires_at` in seconds),
/// oauth2client (`token_expiry`), and gcloud (a refresh token alone).
public struct OAuthToken: Sendable, Hashable {
    /// All members as stored.
    public private(set) var fields: JSONObject

    /// Reads a token; throws what is wrong as text that follows a file's name.
    public init(_ json: JSON) throws(TokenError) {
        guard let fields = json.object else { throw TokenError("it is no JSON object") }
        if fields["installed"] != nil || fields["web"] != nil {
            throw TokenError("it is a client file; give it as `credentials`, and the token file here")
        }
        if fields["type"]?.string == "service_account" {
            throw TokenError("it is the key of a service account; write `tokens: service-account:PATH`")
        }
        self.fields = fields
        guard refreshToken != nil || accessToken != nil else { throw TokenError("it holds no token") }
    }

    /// Reads the response of a token endpoint; `now` is the time of the request.
    ///
    /// A member that is null, empty or of the wrong type is left out, so that it replaces no good value (RFC 6749
    /// sections 5.1 and 6).
    public init(answer: JSONObject, at now: Timestamp, usualLife: Duration = usualLife) {
        fields = JSONObject()
        for (name, value) in answer where name != "expires_in" && Self.says(name, value) { fields[name] = value }
        let life = Self.life(answer["expires_in"]) ?? usualLife
        expiresAt = now + life
        if let span = answer["refresh_token_expires_in"].flatMap(Self.seconds) {
            fields["grant_expires_at"] = .integer(Int(now.milliseconds / 1000) + span)
        }
        if span(life) { fields["life"] = .integer(Int(life.milliseconds / 1000)) }
    }

    /// True for lifetimes worth storing: those so short that the usual margin would cover them.
    private func span(_ life: Duration) -> Bool { life <= .seconds(600) }

    /// The lifetime for a missing or invalid `expires_in`: an hour is usual, and a token that ends earlier is refused
    /// and replaced.
    public static let usualLife = Duration.seconds(3600)
    private static let accessKeys = ["access_token", "token"]

    public var accessToken: Secret? {
        Self.accessKeys.lazy.compactMap { fields[$0]?.string }.first { !$0.isEmpty }.map { Secret($0) }
    }

    public var refreshToken: Secret? { fields["refresh_token"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) } }

    /// When the access token expires; nil when unknown or unreadable, which counts as expired.
    public private(set) var expiresAt: Timestamp? {
        get {
            if let text = ["expiry", "token_expiry"].lazy.compactMap({ fields[$0]?.string }).first {
                return Self.moment(text)
            }
            if let number = ["expires_at", "expiry_date"].lazy.compactMap({ fields[$0].flatMap(Self.number) }).first {
                return Self.moment(number)
            }
            if let created = fields["created"].flatMap(Self.number),
                let life = fields["expires_in"].flatMap(Self.number)
            {
                return Self.moment(created + life)
            }
            return nil
        }
        set {
            guard let moment = newValue else { return }
            if fields["expiry"] != nil || fields["token"] != nil || fields["type"]?.string == "authorized_user" {
                fields["expiry"] = .string(moment.description)
            } else if fields["expiry_date"] != nil {
                fields["expiry_date"] = .integer(Int(moment.milliseconds))
            } else if fields["token_expiry"] != nil {
                fields["token_expiry"] = .string(String(moment.description.prefix(19)) + "Z")
            } else if fields["created"] != nil, let life = fields["expires_in"].flatMap(Self.number) {
                fields["created"] = .integer(Int(moment.milliseconds / 1000) - Int(life))
            } else {
                fields["expires_at"] = .integer(Int(moment.milliseconds / 1000))
            }
        }
    }

    /// The lifetime of the access token when it is a short one; nil for the usual hour.
    public var shortLife: Duration? { fields["life"]?.integer.map { .seconds($0) } }

    /// When the grant expires, for those with a time limit.
    public var grantExpiresAt: Timestamp? {
        fields["grant_expires_at"]?.integer.map { Timestamp(milliseconds: Int64($0) * 1000) }
    }

    /// When the grant was given; nil when its writer did not store that.
    public var grantedAt: Timestamp? { fields["granted_at"]?.integer.map { Timestamp(milliseconds: Int64($0) * 1000) } }

    /// The same token, marked as granted now; `earlier` is how long the previous grant lived, if it is dead.
    public func granted(at now: Timestamp, earlier: Duration?) -> OAuthToken {
        var token = self
        token.fields["granted_at"] = .integer(Int(now.milliseconds / 1000))
        if let earlier { token.fields[GrantExpiry.earlierLife] = .integer(Int(earlier.milliseconds / 1000)) }
        return token
    }

    /// The scopes of the grant; nil when unknown.
    public var scopes: [String]? {
        for value in [fields["scope"], fields["scopes"]] {
            let names = value?.array?.compactMap(\.string) ?? value?.string?.split(separator: " ").map(String.init)
            if let names, !names.isEmpty { return names }
        }
        return nil
    }

    /// The same grant with a new access token: members without a usable value in `fresh` stay.
    public func renewed(by fresh: OAuthToken) -> OAuthToken {
        var token = self
        if let access = fresh.accessToken {
            for name in accessNames { token.fields[name] = .string(access.exposed) }
            token.fields["life"] = fresh.fields["life"]
        }
        for name in ["refresh_token", "grant_expires_at", "id_token"] {
            if let value = fresh.fields[name], Self.says(name, value) { token.fields[name] = value }
        }
        if let scopes = fresh.scopes {
            if fields["scope"] != nil { token.fields["scope"] = .string(scopes.joined(separator: " ")) }
            if fields["scopes"]?.array != nil { token.fields["scopes"] = .array(scopes.map(JSON.string)) }
        }
        token.expiresAt = fresh.expiresAt
        return token
    }

    /// This token's members with another grant in their place, for a file that other programs read too.
    public func holding(_ grant: OAuthToken) -> OAuthToken {
        var token = self
        for name in ["grant_expires_at", "granted_at", GrantExpiry.earlierLife] { token.fields[name] = nil }
        // oauth2client marks a grant that was found dead as invalid.
        if fields["invalid"] != nil { token.fields["invalid"] = false }
        return token.renewed(by: grant)
    }

    /// The keys for the access token in this form.
    private var accessNames: [String] {
        let names = Self.accessKeys.filter { fields[$0] != nil }
        if !names.isEmpty { return names }
        return [fields["type"]?.string == "authorized_user" ? "token" : "access_token"]
    }

    public var json: JSON { .object(fields) }
}

extension OAuthToken {
    /// Whether a member of a response has a value; for members unknown to this version anything but null is one.
    private static func says(_ name: String, _ value: JSON) -> Bool {
        switch name {
        case "access_token", "refresh_token", "id_token", "token_type":
            value.string?.isEmpty == false
        case "scope", "scopes":
            value.string?.contains { $0 != " " } ?? value.array?.contains { $0.string?.isEmpty == false } ?? false
        case "refresh_token_expires_in": seconds(value) != nil
        case "grant_expires_at": value.integer != nil
        default: value != .null
        }
    }

    /// Seconds from a number or a text; nil for anything else and for values out of range.
    private static func number(_ json: JSON) -> Double? {
        let value = json.double ?? json.integer.map(Double.init) ?? json.string.flatMap { Double($0) }
        return value.flatMap { $0.isFinite && abs($0) < 1e14 ? $0 : nil }
    }

    private static func seconds(_ json: JSON) -> Int? { number(json).flatMap { $0 > 0 && $0 < 1e10 ? Int($0) : nil } }

    /// A lifetime, limited to ten years so that sums stay small.
    private static func life(_ json: JSON?) -> Duration? {
        json.flatMap(seconds).map { .seconds(min($0, 315_360_000)) }
    }

    /// Seconds or, when that would be past the year 5000, milliseconds.
    private static func moment(_ number: Double) -> Timestamp {
        Timestamp(milliseconds: Int64(number > 1e11 ? number : number * 1000))
    }

    /// ISO 8601; a time without a zone is in UTC, as older versions for Python wrote it.
    private static func moment(_ text: String) -> Timestamp? { Timestamp(text) ?? Timestamp(text + "Z") }
}

extension OAuthToken: CustomStringConvertible, CustomReflectable {
    public var description: String { "OAuth token until \(expiresAt.map(\.description) ?? "now")" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a token, or a file of one, cannot be read, written or taken over; one line, without a secret.
///
/// Where the caller knows the name of the file or the row, the line follows it.
public struct TokenError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Predicts when a grant is likely to end (Google's rules: support.google.com/cloud/answer/7650096,
/// developers.google.com/identity/protocols/oauth2).
package enum GrantExpiry {
    private static let week = Duration.seconds(7 * 86_400)
    private static let halfYear = Duration.seconds(180 * 86_400)
    /// The member of a stored token that keeps the lifetime of the previous grant, in seconds.
    static let earlierLife = "earlier_grant_lived"

    package static func of(
        _ stored: StoredToken?,
        hints: OAuthHints = OAuthHints(),
        now: Timestamp
    ) -> TokenStatus.Forecast? {
        guard let stored else { return nil }
        if let end = stored.token.grantExpiresAt {
            return TokenStatus.Forecast(
                diesAt: end,
                reason: "the consent was given for a time that ends then; run `posthaste tokens authorize` before"
            )
        }
        guard let grantedAt = stored.token.grantedAt ?? stored.grantedAt else { return nil }
        if hints.endsGrantsInTesting, diedAfterAWeek(stored.token), grantedAt + week > now {
            return TokenStatus.Forecast(
                diesAt: grantedAt + week,
                reason:
                    "the grant before it lived for seven days, as those of an app in `Testing` do; publish the app's "
                    + "consent screen, then run `posthaste tokens authorize`"
            )
        }
        return nil
    }

    /// When an unused grant expires.
    package static func unused(since: Timestamp) -> Timestamp { since + halfYear }

    private static func diedAfterAWeek(_ token: OAuthToken) -> Bool {
        guard let seconds = token.fields[earlierLife]?.integer else { return false }
        return abs(seconds - 7 * 86_400) < 43_200
    }
}
