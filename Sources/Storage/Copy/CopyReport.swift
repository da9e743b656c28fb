// SPDX-License-Identifier: Apache-2.0

/// The result of a copy, and whether the two stores now have the same content.
package struct CopyReport: Sendable, Hashable {
    package struct TableOutcome: Sendable, Hashable {
        package let name: String
        /// Rows added to the target.
        package var copied = 0
        /// Rows that the target already had with the same content.
        package var present = 0
        /// Rows of the source that the target does not have in the same form.
        package var differing = 0
        /// The sum of the source's rows in their stored form in the target.
        package var source = TableSum()
        package var target = TableSum()

        init(name: String) {
            self.name = name
        }

        package var isEqual: Bool { source == target }
    }

    /// A row of the source that was not stored.
    package struct Difference: Sendable, Hashable {
        package enum Reason: Sendable, Hashable {
            /// The target has another row with the key; these columns differ.
            case changed([String])
            /// Another row of the target has the same value in a unique column.
            case taken
            /// Its message is a different one in the target, or was changed there.
            case otherMessage
            /// The target's engine refuses it, with this message.
            case refused(String)
        }

        package let table: String
        /// Columns and values of its key.
        package let key: [String]
        package let reason: Reason
    }

    /// The most differences that are listed.
    static let told = 100

    package internal(set) var tables: [TableOutcome] = []
    /// The first differences.
    package internal(set) var differences: [Difference] = []

    package var isEqual: Bool { tables.allSatisfy(\.isEqual) }
}

extension CopyReport.Difference.Reason {
    /// In plain words.
    package var words: String {
        switch self {
        case .changed(let columns): "differs in the target: \(columns.joined(separator: ", "))"
        case .taken: "another row of the target has a value that must be unique"
        case .otherMessage: "belongs to a message that differs in the target"
        case .refused(let words): "the target does not take it: \(words)"
        }
    }
}

/// One of the two stores of a copy.
package enum CopySide: String, Sendable, Hashable {
    case source, target
}
