// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import Templates

/// A templates folder, compiled.
struct OpenTemplates: Sendable {
    let folder: String
    let library: TemplateLibrary
    let templates: LibraryTemplates

    init(_ settings: GatewaySettings) {
        self.init(folder: settings.templates)
    }

    init(folder: String) {
        self.folder = folder
        library = TemplateLibrary(folder: folder)
        templates = LibraryTemplates(library) { bytes in
            // A version that is no JSON is reported by the one who asked for it.
            try? JSONReader.read(bytes)
        }
    }
}
