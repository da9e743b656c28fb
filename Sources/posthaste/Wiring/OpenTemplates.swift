// SPDX-License-Identifier: Apache-2.0
import Boundary
import Submission
import Templates

/// A compiled templates folder.
struct OpenTemplates: Sendable {
    let folder: String
    let library: TemplateLibrary
    let templates: LibraryTemplates

    init(_ settings: GatewaySettings) {
        self.init(folder: settings.templates)
    }

    /// With `only`, other templates are left out.
    init(folder: String, only: Set<String>? = nil) {
        self.folder = folder
        library = TemplateLibrary(folder: folder, only: only)
        templates = LibraryTemplates(library) { bytes in
            // The caller that asked for a version reports one that is not JSON.
            try? JSONReader.read(bytes)
        }
    }
}
