// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// Reads the parameters of a query string; faults are collected and reported together.
struct Query {
    private var values: [String: String] = [:]
    private var faults: [(name: String, detail: String)] = []

    /// Every name outside `known` and every duplicate name is a fault.
    init(_ text: String?, known: [String]) {
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsBlank: true),
                let value = PercentEncoding.decode(parts.count == 2 ? parts[1] : "", plusIsBlank: true)
            else {
                faults.append(("", "the query is not percent-encoded UTF-8"))
                continue
            }
            if faults.count > 100 { break }
            if !known.contains(name) {
                faults.append((name, "is no parameter of this call\(NearestName.hint(name, among: known))"))
            } else if values.updateValue(value, forKey: name) != nil {
                faults.append((name, "is given twice"))
            }
        }
    }

    /// Parses a parameter with `read`; nil when it is absent or invalid.
    ///
    /// An invalid value is noted as a fault that names the `expected` form.
    mutating func value<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = read(text) else {
            faults.append((name, "expected \(expected)"))
            return nil
        }
        return value
    }

    mutating func text(_ name: String, maximum: Int = 64) -> String? {
        value(name, "1 to \(maximum) characters") { (1...maximum).contains($0.unicodeScalars.count) ? $0 : nil }
    }

    mutating func moment(_ name: String) -> Timestamp? {
        value(name, "a time such as 2026-11-20T17:33:27Z (RFC 3339)") { Timestamp($0) }
    }

    /// A whole number from 0, in digits.
    mutating func number(_ name: String, _ expected: String, upTo most: Int64 = .max) -> Int64? {
        value(name, expected) { text in
            guard text.utf8.allSatisfy(\.isASCIIDigit), let number = Int64(text), number <= most else { return nil }
            return number
        }
    }

    mutating func limit() -> Int {
        value("limit", "a whole number from 1 to 200") { Int($0).flatMap { (1...200).contains($0) ? $0 : nil } } ?? 50
    }

    /// Throws 422 with all faults.
    func check() throws(Refusal) {
        if !faults.isEmpty { throw Refusal(.invalidParameters(faults)) }
    }
}
