// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The templates and brands of one folder; changed files are read again.
///
/// Callers get an immutable ``Snapshot``; a file with a fault leaves its last valid version there.
package final class TemplateLibrary: Sendable {
    private struct State {
        var files: TemplateFolder
        var snapshot: Snapshot
    }

    private let folder: String
    /// The templates to compile; nil for all.
    private let only: Set<String>?
    private let current: Mutex<State>
    /// Held while files are read again, so that an older reading cannot replace a newer one.
    private let reading = Mutex(())

    /// With `only`, other templates of the folder are ignored and not compiled.
    package init(folder: String, only: Set<String>? = nil) {
        self.folder = folder
        self.only = only
        let files = TemplateFolder.read(folder, known: TemplateFolder())
        current = Mutex(State(files: files, snapshot: Snapshot(files, previous: nil, only: only)))
    }

    package var snapshot: Snapshot { current.withLock { $0.snapshot } }
    package var names: [String] { snapshot.names }
    package var brands: [String] { snapshot.brands }
    package var faults: [TemplateError] { snapshot.faults }

    package func template(_ name: String, brand: String, locale: String? = nil) -> CompiledTemplate? {
        snapshot.template(name, brand: brand, locale: locale)
    }

    /// Reads changed files and compiles the templates that use them; true when anything has changed.
    @discardableResult
    package func reload() -> Bool {
        reading.withLock { _ in
            let old = current.withLock { $0 }
            let files = TemplateFolder.read(folder, known: old.files)
            let isSame = files.changed.isEmpty && files.faults == old.files.faults
            let snapshot = isSame ? old.snapshot : Snapshot(files, previous: old.snapshot, only: only)
            current.withLock { $0 = State(files: files, snapshot: snapshot) }
            return !isSame
        }
    }

    package func lint() -> [LintFinding] { snapshot.lint() }
}
