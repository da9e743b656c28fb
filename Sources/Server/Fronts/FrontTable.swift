// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import HTTPTypes

/// Finds the front and the route for a method and a path.
///
/// Doubled slashes and a final slash do not count. A literal segment comes before a parameter.
package struct FrontTable: Sendable {
    package enum Match: Sendable {
        case route(any Front, FrontRoute, parameters: [(name: String, value: String)])
        /// The path is a front's, and none of its routes takes the method.
        case wrongMethod(any Front, allowed: String)
        /// The path lies where a front's calls lie, and is none of them.
        case unknown(any Front)
        /// The path concerns no front.
        case none
    }

    private struct Entry: Sendable {
        let front: any Front
        let route: FrontRoute
        let pattern: [Substring]
        var parameterCount: Int { pattern.count { $0.hasPrefix("{") } }
    }

    private let entries: [Entry]
    private let realms: [(front: any Front, segments: [Substring])]
    private let fronts: [String: any Front]

    package init(_ fronts: [any Front]) {
        self.fronts = Dictionary(fronts.map { ($0.name, $0) }) { first, _ in first }
        entries = fronts.flatMap { front in
            front.routes.map { Entry(front: front, route: $0, pattern: Self.segments($0.path)) }
        }
        .sorted { $0.parameterCount < $1.parameterCount }
        realms = fronts.flatMap { front in front.realms.map { (front, Self.segments($0)) } }
            .sorted { $0.segments.count > $1.segments.count }
    }

    /// `enabled` says whether a front is served.
    package func match(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        enabled: (any Front) -> Bool
    ) -> Match {
        // The calls of our own API are the most frequent ones, and concern no front.
        if path.hasPrefix("/v1/") { return .none }
        let segments = Self.segments(path)
        if let name = segments.first, let front = fronts[String(name)], enabled(front) {
            let rest = Array(segments.dropFirst())
            return find(method, rest, among: entries.filter { $0.front.name == front.name }) ?? .unknown(front)
        }
        let served = entries.filter { enabled($0.front) }
        if segments.isEmpty {
            // The root is a page as well, which has the other methods.
            guard case .route(let front, let route, let parameters)? = find(method, segments, among: served) else {
                return .none
            }
            return .route(front, route, parameters: parameters)
        }
        if let match = find(method, segments, among: served) { return match }
        let realm = realms.first { realm in
            enabled(realm.front) && segments.starts(with: realm.segments)
        }
        return realm.map { .unknown($0.front) } ?? .none
    }

    private func find(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ segments: [Substring],
        among entries: [Entry]
    ) -> Match? {
        let method = method == .head ? .get : method
        var others: [Entry] = []
        for entry in entries where entry.pattern.count == segments.count {
            guard let parameters = Self.parameters(segments, entry.pattern) else { continue }
            if entry.route.method == method { return .route(entry.front, entry.route, parameters: parameters) }
            others.append(entry)
        }
        guard let first = others.first else { return nil }
        let allowed = others.filter { $0.front.name == first.front.name }.map { $0.route.method }
        let names = Set(allowed.map(\.rawValue) + (allowed.contains(.get) ? ["HEAD"] : []))
        return .wrongMethod(first.front, allowed: names.sorted().joined(separator: ", "))
    }

    /// Nil when the segments do not match, or a parameter is not percent-encoded UTF-8.
    private static func parameters(
        _ segments: [Substring],
        _ pattern: [Substring]
    ) -> [(name: String, value: String)]? {
        var parameters: [(name: String, value: String)] = []
        for (segment, expected) in zip(segments, pattern) {
            if expected.hasPrefix("{") {
                guard let value = PercentEncoding.decode(segment) else { return nil }
                parameters.append((String(expected.dropFirst().dropLast()), value))
            } else if segment != expected {
                return nil
            }
        }
        return parameters
    }

    private static func segments(_ path: String) -> [Substring] { path.split(separator: "/") }
}
