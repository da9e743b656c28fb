// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import Templates

/// The templates folder of a settings file, compiled.
struct OpenTemplates: Sendable {
    let folder: String
    let library: TemplateLibrary
    let templates: LibraryTemplates

    init(_ settings: GatewaySettings) {
        folder = settings.templates
        library = TemplateLibrary(folder: settings.templates)
        templates = LibraryTemplates(library) { bytes in
            // A version that is no JSON is reported by the one who asked for it.
            try? JSONReader.read(bytes)
        }
    }
}
