// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The templates and brands of one folder, read again when a file changes.
///
/// What is handed out is an unchanging ``Snapshot``; a file with a fault leaves the last good version in it.
package final class TemplateLibrary: Sendable {
    private let folder: String
    private let current: Mutex<Snapshot>

    package init(folder: String) {
        self.folder = folder
        let files = TemplateFolder.read(folder, known: TemplateFolder())
        current = Mutex(Snapshot(files, previous: nil))
    }

    package var snapshot: Snapshot { current.withLock { $0 } }
    package var names: [String] { snapshot.names }
    package var brands: [String] { snapshot.brands }
    package var faults: [TemplateError] { snapshot.faults }

    package func template(_ name: String, brand: String, locale: String? = nil) -> CompiledTemplate? {
        snapshot.template(name, brand: brand, locale: locale)
    }

    /// Reads files whose time or size has changed; true when anything has.
    @discardableResult
    package func reload() -> Bool {
        let old = snapshot
        let files = TemplateFolder.read(folder, known: old.files)
        guard files.stamps != old.files.stamps || files.faults != old.files.faults else { return false }
        let new = Snapshot(files, previous: old)
        current.withLock { $0 = new }
        return true
    }

    package func lint() -> [LintFinding] { snapshot.lint() }
}
