// SPDX-License-Identifier: Apache-2.0

/// Finds the known name that a misspelled one most likely means.
public enum NearestName {
    /// Common names from other programs, mapped to keys of this one.
    private static let synonyms = [
        "user": "username", "login": "username", "user_name": "username", "pass": "password", "passwd": "password",
        "pwd": "password", "host": "url", "server": "url", "email": "account", "mailbox": "account",
    ]

    /// The key that is meant: a synonym, or the most similar one.
    package static func key(_ name: String, among known: Set<String>) -> String? {
        if let meant = synonyms[name.lowercased()], known.contains(meant) { return meant }
        return of(name, among: known)
    }

    /// The name with the fewest edits to `name`, if that is at most a third of its length; nil when none is near.
    public static func of(_ name: String, among known: some Sequence<String>) -> String? {
        // A name longer than every known name is similar to none, and costs time to compare.
        guard name.utf8.count <= longest else { return nil }
        let limit = max(1, name.count / 3)
        return
            known
            .map { (name: $0, edits: edits(Array(name.utf8), Array($0.utf8))) }
            .filter { $0.edits <= limit }
            .min { ($0.edits, $0.name) < ($1.edits, $1.name) }?
            .name
    }

    /// The end of a message about an unknown name: `; did you mean …?`, or nothing when no known name is near.
    package static func hint(_ name: String, among known: some Sequence<String>) -> String {
        of(name, among: known).map { "; did you mean `\($0)`?" } ?? ""
    }

    private static let longest = 64

    /// The Levenshtein distance, computed one row at a time.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard left.count <= longest, right.count <= longest else { return .max }
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substitution = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
