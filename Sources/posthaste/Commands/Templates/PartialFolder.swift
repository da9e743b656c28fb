// SPDX-License-Identifier: Apache-2.0
import Foundation
import Templates

/// The partials of plain Mustache: files `NAME.mustache` in one folder.
final class PartialFolder {
    struct Failure {
        let path: String
        let detail: String

        var error: TemplateError { TemplateError(file: path, message: detail) }
    }

    private let folder: String
    private var used: Set<String> = []
    /// The first existing partial that cannot be used.
    private(set) var failure: Failure?

    init(_ folder: String) throws(CommandFailure) {
        guard InputFile.isFolder(folder) else {
            throw CommandFailure("\(folder): there is no such folder for --partials")
        }
        self.folder = folder
    }

    /// The text of a partial; nil for a missing one, which renders as nothing.
    ///
    /// A name cannot refer to a file outside the folder.
    func text(_ name: String) -> String? {
        let isInside = !name.split(separator: "/").contains("..") && !name.utf8.contains(0)
        guard isInside, FileManager.default.fileExists(atPath: path(name)) else { return nil }
        used.insert(name)
        do throws(CommandFailure) {
            return try InputFile.text(path(name))
        } catch {
            let detail = "this partial cannot be read; check its rights, and that it is UTF-8"
            failure = failure ?? Failure(path: path(name), detail: detail)
            return nil
        }
    }

    /// Adds the file path to a fault in a partial, so that an editor finds it.
    func named(_ error: TemplateError) -> TemplateError {
        guard used.contains(error.file) else { return error }
        return TemplateError(
            file: path(error.file),
            line: error.line,
            column: error.column,
            message: error.message,
            excerpt: error.excerpt,
            variable: error.variable
        )
    }

    private func path(_ name: String) -> String { "\(folder)/\(name).mustache" }
}
